import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cannedView } from '../../../test/support/canned-view.ts'
import { Deployment } from '../../api/core/apps-v1.ts'
import { Ingress } from '../../api/core/networking-v1.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import { isProblem } from '../../rollout/observed.ts'
import { routerFactories, routerFactory } from '../../router/factory.ts'
import { RoutesUnreadableError } from '../../router/router.ts'
import { newServiceRouter } from '../../router/services.ts'
import { systemClock } from '../../runtime/clock.ts'
import { newDerived } from './derived.ts'
import { newRecall } from './recall.ts'
import { lookAtTarget, subjectOf } from './subject.ts'

const ref = { namespace: 'test', name: 'podinfo' }
const labels = { app: 'podinfo' }
const signal = new AbortController().signal
const settings = {
  meshProvider: 'istio',
  metricsServer: 'http://127.0.0.1:9090',
  selectorLabels: ['app'],
  includeLabelPrefixes: [],
  configTracking: true,
  noCrossNamespaceRefs: false,
  pace: 'event',
  minIntervalMs: 10_000,
  drainMs: 0,
} as const

const deployment: Deployment = {
  metadata: ref,
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 80 }] }] },
    },
  },
}
const backend = { service: { name: 'podinfo', port: { number: 80 } } }
const path = { path: '/', pathType: 'Prefix', backend } as const
const ingress: Ingress = { metadata: ref, spec: { rules: [{ host: 'app.example', http: { paths: [path] } }] } }

/** A Canary whose status and metadata remember what was asked of them. */
function watched(provider: string) {
  const asked = { status: new Set<string>(), metadata: new Set<string>() }
  const spy = <T extends object>(object: T, keys: Set<string>): T =>
    new Proxy(object, {
      get(target, key, receiver) {
        keys.add(String(key))
        return Reflect.get(target, key, receiver)
      },
    })
  const analysis = { interval: '10s', threshold: 1, stepWeight: 10, sessionAffinity: { cookieName: 'c' } }
  const canary: Canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: spy({ ...ref, uid: 'u', resourceVersion: '1', annotations: {} }, asked.metadata),
    spec: {
      provider: provider as NonNullable<Canary['spec']['provider']>, // One of the table.
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'podinfo' },
      service: { port: 80, gatewayRefs: [{ name: 'gateway' }] },
      analysis: provider === 'nginx' ? { ...analysis, sessionAffinity: undefined } : analysis,
    } as Canary['spec'], // An absent member is the same as one that is undefined.
    status: spy({ phase: 'Progressing', lastAppliedSpec: 's1-0', canaryWeight: 10 } as const, asked.status),
  }
  return { canary, asked }
}

/** What is compared before a look recalls: see the inputs of `observe`. */
const compared = {
  status: [
    'lastAppliedSpec',
    'lastPromotedSpec',
    'trackedConfigs',
    'iterations',
    'sessionAffinityCookie',
    'previousSessionAffinityCookie',
    'primarySessionAffinityCookie',
  ],
  // A Canary of another uid, or of another generation of its spec, is another one; names are those of its key.
  metadata: ['name', 'namespace', 'uid', 'deletionTimestamp', 'annotations'],
}

describe('the recalled parts of a look', () => {
  for (const provider of Object.keys(routerFactories)) {
    it(`depend on nothing of a Canary that is not compared: ${provider}`, async () => {
      const { view } = cannedView([
        [Deployment, deployment],
        [Ingress, ingress],
      ])
      const services = newServiceRouter({ view })
      const deps = {
        view,
        clock: systemClock,
        routerFactory,
        services,
        derived: newDerived(),
        recall: newRecall(view),
        canariesOf: () => [],
        settings,
      }
      const { canary, asked } = watched(provider)
      const subject = subjectOf(deps, canary)
      for (const keys of Object.values(asked)) keys.clear()
      const target = lookAtTarget(deps, subject)
      assert.ok(!isProblem(target))
      const { router } = subject
      const { route } = target
      for (const moment of ['nothing is there', 'all is there']) {
        services.sides.state(route)
        services.apex.state(route)
        router.state(route)
        try {
          router.getRoutes(route)
        } catch (error) {
          assert.ok(error instanceof RoutesUnreadableError, moment)
        }
        const soFar = { status: [...asked.status], metadata: [...asked.metadata] }
        for (const part of ['status', 'metadata'] as const) {
          const others = soFar[part].filter(key => !compared[part].includes(key))
          assert.deepEqual(others, [], `${part}, where ${moment}`)
        }
        await services.sides.reconcile(route, signal)
        await services.apex.reconcile(route, signal)
        await router.reconcile(route, signal)
      }
    })
  }
})
