/** A kubeconfig for programs that reach the same cluster as we do. */
import { toYaml } from '../apimachinery/yaml.ts'
import type { Clock } from './clock.ts'
import { newIdentitySource } from './credentials.ts'
import type { ClusterConfig } from './kubeconfig.ts'

/** Gives the text, with the credentials of this moment in it and nothing that names a file or a program. */
export type KubeconfigText = (signal?: AbortSignal) => Promise<string>

/** Texts for one cluster; tokens are read again as they age. The result throws KubeConfigError. */
export function newKubeconfigText(config: ClusterConfig, clock: Clock): KubeconfigText {
  const identities = newIdentitySource(config, clock)
  return async signal => {
    const { headers, caPem, certificatePem, keyPem } = await identities.current(signal)
    const { credentials } = config
    const encoded = (pem: string) => Buffer.from(pem).toString('base64')
    const token = /^Bearer (.+)$/.exec(String(headers['authorization'] ?? ''))?.[1]
    const cluster = {
      server: config.server,
      ...(caPem ? { 'certificate-authority-data': encoded(caPem) } : {}),
      ...(config.tlsServerName ? { 'tls-server-name': config.tlsServerName } : {}),
      ...(config.proxy ? { 'proxy-url': config.proxy } : {}),
      ...(config.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
    }
    const user = {
      ...(certificatePem && keyPem
        ? { 'client-certificate-data': encoded(certificatePem), 'client-key-data': encoded(keyPem) }
        : {}),
      ...(token ? { token } : {}),
      ...(credentials.username && !token
        ? { username: credentials.username, password: credentials.password ?? '' }
        : {}),
      ...(credentials.impersonateUser ? { as: credentials.impersonateUser } : {}),
    }
    return toYaml({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'cluster',
      clusters: [{ name: 'cluster', cluster }],
      users: [{ name: 'user', user }],
      contexts: [{ name: 'cluster', context: { cluster: 'cluster', user: 'user' } }],
    })
  }
}
