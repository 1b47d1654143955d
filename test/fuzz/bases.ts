/** Canaries that work, with most of what a Canary can say: the ground on which changes are made. */
import type { JsonObject } from '../../src/apimachinery/meta.ts'

const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' }
const metadata = { name: 'podinfo', namespace: 'web' }
const header = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata }

const metrics = [
  { name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } },
  {
    name: 'own',
    interval: '30s',
    thresholdRange: { max: 500 },
    query: 'sum(x{a="{{ target }}"}[{{ interval }}])',
    templateVariables: { a: 'b' },
  },
  { name: 'templated', templateRef: { name: 'errors' }, thresholdRange: { max: 1 } },
]

/** By strategy. */
export const canaryBases: readonly JsonObject[] = [
  {
    ...header,
    spec: {
      provider: 'istio',
      targetRef,
      progressDeadlineSeconds: 60,
      autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
      service: {
        port: 80,
        targetPort: 9898,
        portDiscovery: true,
        gateways: ['public.istio-system'],
        hosts: ['app.example.test'],
        retries: { attempts: 3, perTryTimeout: '1s', retryOn: 'gateway-error' },
        match: [{ uri: { prefix: '/' }, headers: { 'x-a': { exact: 'b' } } }],
        trafficPolicy: { tls: { mode: 'DISABLE' } },
        apex: { annotations: { a: 'b' } },
      },
      analysis: {
        interval: '30s',
        threshold: 2,
        stepWeights: [1, 10, 50],
        stepWeightPromotion: 50,
        metrics,
        webhooks: [
          {
            name: 'load',
            type: 'rollout',
            url: 'http://127.0.0.1:9/',
            timeout: '5s',
            metadata: { cmd: 'hey http://x/' },
          },
          { name: 'gate', type: 'confirm-promotion', url: 'http://127.0.0.1:9/gate', retries: 1 },
        ],
        alerts: [{ name: 'slack', severity: 'error', providerRef: { name: 'slack' } }],
        sessionAffinity: { cookieName: 'flagger', maxAge: 60 },
      },
    },
  },
  {
    ...header,
    spec: {
      provider: 'gatewayapi:v1',
      targetRef,
      service: { port: 80, gatewayRefs: [{ name: 'public', namespace: 'infra' }], hosts: ['app.example.test'] },
      analysis: {
        interval: '1m',
        threshold: 1,
        stepWeight: 20,
        maxWeight: 60,
        mirror: true,
        metrics: metrics.slice(0, 1),
      },
    },
  },
  {
    ...header,
    spec: {
      targetRef,
      revertOnDeletion: true,
      service: { port: 80 },
      analysis: { interval: '15s', threshold: 3, iterations: 5, match: [{ headers: { cookie: { regex: '^a.*$' } } }] },
    },
  },
  {
    ...header,
    spec: {
      provider: 'kubernetes',
      targetRef,
      skipAnalysis: true,
      service: { port: 80 },
      analysis: { interval: '1m', threshold: 1, iterations: 1 },
    },
  },
]
