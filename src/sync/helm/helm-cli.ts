/** The helm program: each call in folders of its own, without plugins or anything of this machine's configuration. */
import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { toYaml } from '../../apimachinery/yaml.ts'
import { bundledTool } from '../../runtime/bundled-tools.ts'
import type { Clock } from '../../runtime/clock.ts'
import { clusterConfigFromText, type Pem } from '../../runtime/kubeconfig.ts'
import { runTool } from '../process.ts'

/** One place in which helm runs. Remove it when done. */
export interface HelmWorkspace {
  readonly folder: string
  /** Writes a private file and gives its path. */
  file(name: string, content: string | Buffer): Promise<string>
  /** What helm wrote to standard output. @throws ToolError */
  run(args: readonly string[], signal: AbortSignal, timeoutMs: number): Promise<string>
  remove(): Promise<void>
}

/** A new workspace. With `kubeconfig`, calls go to that cluster. @throws KubeConfigError */
export async function newHelmWorkspace(deps: {
  readonly clock: Clock
  readonly kubeconfig?: string
}): Promise<HelmWorkspace> {
  const folder = path.join(tmpdir(), `serin-helm-${randomUUID()}`)
  await mkdir(path.join(folder, 'plugins'), { recursive: true, mode: 0o700 })
  const file = async (name: string, content: string | Buffer) => {
    const place = path.join(folder, name)
    await writeFile(place, content, { mode: 0o600 })
    return place
  }
  const inline = deps.kubeconfig === undefined ? undefined : inlineKubeconfig(deps.kubeconfig)
  const kubeconfig = inline === undefined ? '/dev/null' : await file('kubeconfig', inline)
  const env = {
    HOME: folder,
    PATH: '',
    KUBECONFIG: kubeconfig,
    HELM_PLUGINS: path.join(folder, 'plugins'),
    HELM_CACHE_HOME: path.join(folder, 'cache'),
    HELM_CONFIG_HOME: path.join(folder, 'config'),
    HELM_DATA_HOME: path.join(folder, 'data'),
  }
  return {
    folder,
    file,
    async run(args, signal, timeoutMs) {
      const command = await bundledTool('helm')
      const output = await runTool({ command, args, env, cwd: folder, timeoutMs, clock: deps.clock, signal })
      return output.toString('utf8')
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The current context alone, with nothing that names a program or a file. @throws KubeConfigError */
function inlineKubeconfig(text: string): string {
  const config = clusterConfigFromText(text, { allowExec: false, allowFiles: false })
  const { server, ca, tlsServerName, insecureSkipTlsVerify, credentials } = config
  const { token, username, password, clientCertificate, clientKey, impersonateUser } = credentials
  const cluster = {
    server,
    ...dataOf('certificate-authority-data', ca),
    ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    ...(insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
  }
  const user = {
    ...(token ? { token } : {}),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...dataOf('client-certificate-data', clientCertificate),
    ...dataOf('client-key-data', clientKey),
    ...(impersonateUser ? { as: impersonateUser } : {}),
  }
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'target',
    contexts: [{ name: 'target', context: { cluster: 'target', user: 'target' } }],
    clusters: [{ name: 'target', cluster }],
    users: [{ name: 'target', user }],
  })
}

function dataOf(key: string, pem: Pem | undefined): { readonly [key: string]: string } {
  return pem && 'text' in pem ? { [key]: Buffer.from(pem.text).toString('base64') } : {}
}
