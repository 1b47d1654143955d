/** Finding the kubeconfig: KUBECONFIG, ~/.kube/config, or the pod's service account. */
import { readFile, stat } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import {
  type ClusterConfig,
  clusterConfigOf,
  type KubeConfig,
  KubeConfigError,
  type KubeConfigTrust,
  mergeKubeConfigs,
  parseKubeConfig,
} from './kubeconfig.ts'

type Env = Readonly<Record<string, string | undefined>>

/** No kubeconfig is bigger; a file that is, was named by mistake. */
const maxKubeConfigBytes = 4 << 20
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Reads and merges kubeconfig files. Files of a list that do not exist are skipped, as kubectl does.
 * @throws KubeConfigError where none exists, or one cannot be read or parsed
 */
export async function readKubeConfigFiles(paths: readonly string[]): Promise<KubeConfig> {
  const read = await Promise.all(paths.map(readIfExists))
  const configs = read.filter(config => config !== undefined)
  if (configs.length === 0) throw new KubeConfigError(`no kubeconfig found at ${paths.join(', ') || '(no path given)'}`)
  return mergeKubeConfigs(configs)
}

/**
 * The cluster that kubectl would talk to: `path`, else the files of KUBECONFIG, else ~/.kube/config, else, inside of
 * a pod, its service account.
 * @throws KubeConfigError
 */
export async function loadClusterConfig(
  options: KubeConfigTrust & { readonly env: Env; readonly path?: string; readonly context?: string },
): Promise<ClusterConfig> {
  const { env, path } = options
  if (path) return clusterConfigOf(await readKubeConfigFiles([path]), options)
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean)
  if (listed.length > 0) return clusterConfigOf(await readKubeConfigFiles(listed), options)
  const home = join(env['HOME'] ?? '/', '.kube', 'config')
  const config = await readIfExists(home)
  if (config) return clusterConfigOf(config, options)
  if (env['KUBERNETES_SERVICE_HOST']) return inClusterConfig({ env })
  throw new KubeConfigError(`no kubeconfig: KUBECONFIG is not set, ${home} is not there, and this is not a pod`)
}

/**
 * The cluster that this pod runs in, by its service account.
 * @throws KubeConfigError outside of a pod
 */
export async function inClusterConfig(options: {
  readonly env: Env
  readonly folder?: string
}): Promise<ClusterConfig> {
  const { env, folder = serviceAccountFolder } = options
  const host = env['KUBERNETES_SERVICE_HOST']
  const port = env['KUBERNETES_SERVICE_PORT']
  if (!host || !port) {
    throw new KubeConfigError('not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set')
  }
  const namespace = (await readFile(join(folder, 'namespace'), 'utf8').catch(() => '')).trim()
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: { file: join(folder, 'ca.crt') },
    ...(namespace ? { namespace } : {}),
    credentials: { tokenFile: join(folder, 'token') },
  }
}

async function readIfExists(path: string): Promise<KubeConfig | undefined> {
  try {
    const { size } = await stat(path)
    if (size > maxKubeConfigBytes) throw new KubeConfigError(`${path}: ${size} bytes is too big for a kubeconfig`)
    return parseKubeConfig(await readFile(path, 'utf8'), { source: path, folder: dirname(resolve(path)) })
  } catch (error) {
    if (error instanceof KubeConfigError) throw error
    // Node's file errors carry a code.
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new KubeConfigError(`${path} cannot be read: ${message}`, { cause: error })
  }
}
