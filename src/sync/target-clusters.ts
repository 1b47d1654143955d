/** Which cluster an object's manifests go to: the host, or a member by the kubeconfig in a Secret. */
import { isJsonArray, isJsonObject } from '../apimachinery/json.ts'
import type { Json } from '../apimachinery/meta.ts'
import { parseYaml, toYaml } from '../apimachinery/yaml.ts'
import type { Client } from '../runtime/client.ts'
import { KubeConfigError } from '../runtime/kubeconfig.ts'
import type { RemoteClusters } from '../runtime/remote-clusters.ts'
import { newResourceMapper, type ResourceMapper } from './apply/resource-mapper.ts'
import type { TargetCluster } from './apply/target.ts'
import { fetchSecretData } from './secrets.ts'

/** Where an object wants its manifests. */
export interface WantedTarget {
  readonly namespace: string
  readonly kubeConfig?:
    | { readonly secretRef?: { readonly name: string; readonly key?: string }; readonly configMapRef?: unknown }
    | undefined
  /** Acts as this ServiceAccount of the object's namespace. */
  readonly serviceAccountName?: string | undefined
}

/** The cluster cannot be used. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
  readonly reason: 'SecretMissing' | 'InvalidKubeConfig' | 'Unsupported'

  constructor(reason: TargetError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** Finds clusters. */
export interface TargetClusters {
  /** @throws TargetError */
  find(wanted: WantedTarget, signal: AbortSignal): Promise<TargetCluster>
  /** The text of the kubeconfig; undefined for the host. @throws TargetError */
  kubeconfig(wanted: WantedTarget, signal: AbortSignal): Promise<string | undefined>
  /** Ends the connection of a target that nobody wants any more. */
  release(wanted: WantedTarget): void
}

/** `scope` keeps the connections of one controller apart from those of others. */
export function newTargetClusters(deps: {
  readonly client: Client
  readonly clusters: RemoteClusters
  readonly scope: string
}): TargetClusters {
  const { client, clusters, scope } = deps
  const mappers = new WeakMap<Client, ResourceMapper>()
  const targetOf = (of: Client): TargetCluster => {
    const mapper = mappers.get(of) ?? newResourceMapper(of)
    mappers.set(of, mapper)
    return { client: of, mapper }
  }
  const keyOf = ({ namespace, kubeConfig, serviceAccountName = '' }: WantedTarget) => {
    const { name = '', key = '' } = kubeConfig?.secretRef ?? {}
    return [scope, namespace, name, key, serviceAccountName].join('/')
  }

  async function kubeconfig(wanted: WantedTarget, signal: AbortSignal): Promise<string | undefined> {
    const { namespace, kubeConfig, serviceAccountName } = wanted
    if (kubeConfig === undefined) {
      if (serviceAccountName === undefined || serviceAccountName === '') return undefined
      throw new TargetError('Unsupported', 'spec.serviceAccountName is supported together with spec.kubeConfig only')
    }
    const { secretRef } = kubeConfig
    if (!secretRef) throw new TargetError('Unsupported', 'spec.kubeConfig.configMapRef is not supported; use secretRef')
    const text = await readKubeconfig(client, namespace, secretRef, signal)
    return serviceAccountName ? impersonating(text, `system:serviceaccount:${namespace}:${serviceAccountName}`) : text
  }

  return {
    kubeconfig,
    async find(wanted, signal) {
      const text = await kubeconfig(wanted, signal)
      if (text === undefined) return targetOf(client)
      try {
        return targetOf(clusters.connect(keyOf(wanted), text).client)
      } catch (error) {
        if (!(error instanceof KubeConfigError)) throw error
        throw new TargetError('InvalidKubeConfig', error.message, { cause: error })
      }
    },
    release: wanted => clusters.disconnect(keyOf(wanted)),
  }
}

async function readKubeconfig(
  client: Client,
  namespace: string,
  ref: { readonly name: string; readonly key?: string },
  signal: AbortSignal,
): Promise<string> {
  const where = `KubeConfig secret '${namespace}/${ref.name}'`
  const data = await fetchSecretData(client, { namespace, name: ref.name }, signal)
  if (!data) {
    throw new TargetError(
      'SecretMissing',
      `unable to read ${where} error: secrets ${JSON.stringify(ref.name)} not found`,
    )
  }
  const text = ref.key ? data[ref.key] : (data['value'] ?? data['value.yaml'])
  if (text) return text
  throw new TargetError('SecretMissing', `${where} does not contain a '${ref.key ?? 'value'}' key with a kubeconfig`)
}

/** The kubeconfig whose users act as another. */
function impersonating(text: string, user: string): string {
  const config = parseYaml(text)
  const users = isJsonObject(config) ? config['users'] : undefined
  if (!isJsonObject(config) || !isJsonArray(users)) {
    throw new TargetError('InvalidKubeConfig', 'the kubeconfig has no users')
  }
  const acting = users.map((entry): Json => {
    if (!isJsonObject(entry)) return entry
    return { ...entry, user: { ...(isJsonObject(entry['user']) ? entry['user'] : {}), as: user } }
  })
  return toYaml({ ...config, users: acting })
}
