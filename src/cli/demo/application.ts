/** The Application of the demo: the guide's, from the local repository and with a short interval. */
import type { Application } from '../../api/apps/v1alpha1.ts'

/** The workload that the demo releases. */
export const workload = { namespace: 'webapp', name: 'backend', port: 9898 } as const

/** How the demo's canary moves. */
export const strategy = { stepWeight: 10, maxWeight: 50, checkFailedTimes: 2, checkIntervalSeconds: 3 } as const

/** What the metrics of the demo have to be. */
export const thresholds = { minSuccessPercent: 99, maxLatencyMs: 500 } as const

// Two scrapes and more, at one a second.
const metricIntervalSeconds = 5

/** The object to apply to the host. */
export function demoApplication(source: { readonly url: string; readonly branch: string }, fleet: string): Application {
  const { namespace, name, port } = workload
  const { stepWeight, maxWeight, checkFailedTimes, checkIntervalSeconds } = strategy
  return {
    apiVersion: 'apps.kurator.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'rollout-demo', namespace: 'default' },
    spec: {
      source: {
        gitRepository: { url: source.url, ref: { branch: source.branch }, interval: '1s', timeout: '60s' },
      },
      syncPolicies: [
        {
          destination: { fleet },
          kustomization: { interval: '1m', path: './deploy/webapp', prune: true, timeout: '2m' },
          rollout: {
            testLoader: true,
            trafficRoutingProvider: 'istio',
            workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name },
            serviceName: name,
            port,
            rolloutPolicy: {
              trafficRouting: {
                timeoutSeconds: 60,
                gateways: ['istio-system/public-gateway'],
                hosts: [`${name}.${namespace}`],
                canaryStrategy: { maxWeight, stepWeight },
              },
              trafficAnalysis: {
                checkIntervalSeconds,
                checkFailedTimes,
                metrics: [
                  {
                    name: 'request-success-rate',
                    intervalSeconds: metricIntervalSeconds,
                    thresholdRange: { min: thresholds.minSuccessPercent },
                  },
                  {
                    name: 'request-duration',
                    intervalSeconds: metricIntervalSeconds,
                    thresholdRange: { max: thresholds.maxLatencyMs },
                  },
                ],
                webhooks: {
                  timeoutSeconds: 30,
                  command: [`hey -z 30s -q 10 -c 2 http://${name}-canary.${namespace}:${port}/`],
                },
              },
              rolloutTimeoutSeconds: 60,
            },
          },
        },
      ],
    },
  } as Application // the literal leaves out what is optional
}
