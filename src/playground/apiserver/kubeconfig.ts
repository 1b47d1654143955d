/** The kubeconfig by which clients reach the server. */

/** A kubeconfig (YAML) with one context, named after the cluster, whose user shows `token`. */
export function kubeconfigText(cluster: {
  readonly name: string
  readonly url: string
  readonly caPem: string
  readonly token: string
}): string {
  const name = /^[a-z][-a-z0-9]*$/.test(cluster.name) ? cluster.name : JSON.stringify(cluster.name)
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${cluster.url}
    certificate-authority-data: ${Buffer.from(cluster.caPem).toString('base64')}
users:
- name: ${name}
  user:
    token: ${cluster.token}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${name}
current-context: ${name}
`
}
