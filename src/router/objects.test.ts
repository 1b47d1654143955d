import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { cannedView } from '../../test/support/canned-view.ts'
import { Ingress } from '../api/core/networking-v1.ts'
import type { Canary, CanarySpec } from '../api/flagger/v1beta1.ts'
import { HTTPRoute } from '../api/gateway-api/v1.ts'
import { TrafficRoute } from '../api/kuma/v1alpha1.ts'
import type { KubernetesObject, ResourceType } from '../apimachinery/meta.ts'
import { parseYaml } from '../apimachinery/yaml.ts'
import { routerFactory } from './factory.ts'
import type { Routes, RouteTarget, SessionCookies } from './router.ts'

const testdata = path.join(import.meta.dirname, 'testdata')
const signal = new AbortController().signal
const types: readonly ResourceType[] = [HTTPRoute, Ingress, TrafficRoute]

/** What one file describes; the names of files begin with the provider's. */
interface Case {
  readonly provider: NonNullable<CanarySpec['provider']>
  readonly annotationsPrefix?: string
  /** Of the Canary. */
  readonly annotations?: Readonly<Record<string, string>>
  /** What the user has before. */
  readonly given?: readonly KubernetesObject[]
  readonly spec?: Partial<CanarySpec>
  readonly service: NonNullable<CanarySpec['service']>
  readonly analysis: CanarySpec['analysis']
  readonly cookies?: SessionCookies
  readonly routes: Routes
}

function targetOf({ provider, annotations = {}, spec, service, analysis }: Case): RouteTarget {
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' } as const
  const canary: Canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo', namespace: 'test', uid: 'u1', annotations },
    spec: { provider, targetRef, ...spec, service, analysis },
  }
  const owner = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'podinfo', uid: 'u1' }
  return { canary, owner: { ...owner, controller: true, blockOwnerDeletion: true }, ports: [] }
}

describe('the objects of a provider', () => {
  const files = readdirSync(testdata).filter(name => name.endsWith('.in.yaml') && !name.startsWith('istio-'))
  for (const file of files) {
    const name = file.replace('.in.yaml', '')
    it(`are as expected: ${name}`, async () => {
      // Test data that this file's types describe.
      const given = parseYaml(readFileSync(path.join(testdata, file), 'utf8')) as unknown as Case
      const wanted = parseYaml(readFileSync(path.join(testdata, `${name}.out.yaml`), 'utf8'))
      const typeOf = ({ kind }: KubernetesObject) => types.find(type => type.kind === kind) as ResourceType // of the data
      const before = (given.given ?? []).map(object => [typeOf(object), object] as const)
      const { view, objects } = cannedView(before)
      const prefix = given.annotationsPrefix
      const router = routerFactory(given.provider)({ view, ...(prefix ? { ingressAnnotationsPrefix: prefix } : {}) })
      const target = targetOf(given)
      await router.reconcile(target, signal)
      const cookies = given.cookies ?? { current: '', previous: '', primary: '' }
      await router.setRoutes(target, given.routes, cookies, signal)
      const made = objects().filter(object => !given.given?.includes(object))
      assert.deepEqual(made, wanted)
      assert.deepEqual(router.getRoutes(target), given.routes)
      assert.equal(router.state(target), 'current')
    })
  }
})
