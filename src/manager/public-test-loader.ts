/** The load tester that all rollouts of a member share: `spec.plugin.flagger.publicTestloader` of a Fleet. */
import { Deployment } from '../api/core/apps-v1.ts'
import { Namespace, Service } from '../api/core/core-v1.ts'
import type { Client } from '../runtime/client.ts'

const image = 'ghcr.io/fluxcd/flagger-loadtester:0.29.0'
const port = 8080

/** Applies it under the name that rollouts call (Kurator's: the Helm release's, then the chart's). Idempotent. */
export async function applyPublicTestLoader(
  client: Client,
  member: string,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const metadata = { name: `${namespace}-testloader-${member}-loadtester`, namespace }
  const labels = { app: metadata.name }
  const deployment: Deployment = {
    metadata: { ...metadata, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'loadtester',
              image,
              command: ['./loadtester', `-port=${port}`, '-log-level=info', '-timeout=1h'],
              ports: [{ name: 'http', containerPort: port }],
              readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  }
  const service: Service = {
    metadata: { ...metadata, labels },
    spec: { type: 'ClusterIP', selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  }
  const options = { fieldManager: 'serin-fleet', force: true, signal }
  await client.apply(Namespace, { metadata: { name: namespace } }, options)
  await Promise.all([client.apply(Deployment, deployment, options), client.apply(Service, service, options)])
}
