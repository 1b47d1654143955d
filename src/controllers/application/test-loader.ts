/** The private load tester of a rollout: a Deployment and a Service beside the workload. Pure. */
import { Deployment } from '../../api/core/apps-v1.ts'
import { Service } from '../../api/core/core-v1.ts'
import { type MemberRollout, metadataOf } from './canary.ts'
import type { WantedObject } from './host-plan.ts'
import { testLoaderName } from './names.ts'

const image = 'ghcr.io/fluxcd/flagger-loadtester:0.29.0'
const port = 8080

/** Both objects; none if the rollout has no load tester of its own. */
export function testLoaderOf(member: MemberRollout): readonly WantedObject[] {
  if (!member.rollout.testLoader) return []
  const name = testLoaderName(member.rollout)
  const base = metadataOf(member, name)
  const metadata = { ...base, labels: { ...base.labels, app: name } }
  const probe = {
    exec: { command: ['wget', '--quiet', '--tries=1', '--timeout=4', '--spider', `http://localhost:${port}/healthz`] },
    timeoutSeconds: 5,
  }
  const deployment: Deployment = {
    metadata,
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name },
          annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port) },
        },
        spec: {
          containers: [
            {
              name: 'loadtester',
              image,
              imagePullPolicy: 'IfNotPresent',
              ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
              command: ['./loadtester', `-port=${port}`, '-log-level=info', '-timeout=1h'],
              livenessProbe: probe,
              readinessProbe: probe,
              resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '10m', memory: '32Mi' } },
              securityContext: { readOnlyRootFilesystem: true, runAsUser: 10001 },
            },
          ],
        },
      },
    },
  }
  const service: Service = {
    metadata,
    spec: {
      type: 'ClusterIP',
      selector: { app: name },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
    },
  }
  return [
    { type: Deployment, object: deployment },
    { type: Service, object: service },
  ]
}
