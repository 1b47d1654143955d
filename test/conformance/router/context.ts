/** One router on one API, with a Canary of its own. */
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Canary, type CanarySpec } from '../../../src/api/flagger/v1beta1.ts'
import type { KubernetesObject, ObjectRef, ResourceType } from '../../../src/apimachinery/meta.ts'
import { ownerReferenceTo } from '../../../src/apimachinery/owner-references.ts'
import { routerFactory } from '../../../src/router/factory.ts'
import type { Router, RouteTarget, SessionCookies } from '../../../src/router/router.ts'
import type { Client } from '../../../src/runtime/client.ts'
import { CacheNotReadyError, type ClusterView } from '../../../src/runtime/cluster-view.ts'
import { eventually } from '../../support/eventually.ts'
import type { RouterSubject } from './subjects.ts'

/** What a case has. */
export interface RouterContext {
  readonly router: Router
  readonly client: Client
  readonly subject: RouterSubject
  readonly namespace: string
  /** The Canary as it is, changed in these parts; the object of the API stays as it was made. */
  target(changes?: {
    readonly service?: Partial<NonNullable<CanarySpec['service']>>
    readonly analysis?: Partial<CanarySpec['analysis']>
  }): RouteTarget
  /** The objects that the router made, of all its types. */
  made(): Promise<readonly KubernetesObject[]>
  /** Deletes them, as somebody with kubectl might. */
  deleteMade(): Promise<void>
  /** Resolves when the router's caches hold what the API does. */
  settled(): Promise<void>
}

/** No cookies. */
export const noCookies: SessionCookies = { current: '', previous: '', primary: '' }

const withinMs = 30_000

/** Makes namespace, Canary and what the user brings, and waits until the router can read. */
export async function newRouterContext(
  { client, view }: { readonly client: Client; readonly view: ClusterView },
  subject: RouterSubject,
  namespace: string,
): Promise<RouterContext> {
  await client.create(Namespace, { metadata: { name: namespace } })
  for (const { type, object } of subject.given) {
    await client.create(type, { ...object, metadata: { ...object.metadata, namespace } })
  }
  const canary = await client.create(Canary, {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo', namespace },
    spec: {
      provider: subject.provider,
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      ...subject.spec,
      service: { port: 80, ...subject.service },
      analysis: { interval: '1m', threshold: 2, stepWeight: 10 },
    },
  })
  const owner = ownerReferenceTo(Canary, canary, { isController: true })
  const router = routerFactory(subject.provider)({ view })
  const target: RouterContext['target'] = ({ service = {}, analysis = {} } = {}) => ({
    canary: {
      ...canary,
      spec: {
        ...canary.spec,
        service: { port: 80, ...canary.spec.service, ...service },
        analysis: { ...canary.spec.analysis, ...analysis },
      },
    },
    owner,
    podLabel: { key: 'app', value: 'podinfo' },
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }],
  })
  const isGiven = (object: KubernetesObject) =>
    subject.given.some(({ object: given }) => given.metadata?.name === object.metadata?.name)
  const listed = async (type: ResourceType) =>
    (await client.list(type, type.namespaced ? { namespace } : {})).items.filter(
      object => !isGiven(object) && (type.namespaced || JSON.stringify(object).includes(`podinfo_${namespace}_svc_`)),
    )
  const context: RouterContext = {
    router,
    client,
    subject,
    namespace,
    target,
    made: async () => (await Promise.all(subject.makes.map(listed))).flat(),
    async deleteMade() {
      for (const type of subject.makes) {
        for (const object of await listed(type)) await client.delete(type, refOf(object))
      }
    },
    async settled() {
      for (const type of subject.makes) {
        for (const object of (await client.list(type, type.namespaced ? { namespace } : {})).items) {
          await eventually(
            `${type.kind} ${object.metadata?.name} is in the cache`,
            () => versionIn(view, type, refOf(object)) === object.metadata?.resourceVersion,
            withinMs,
          )
        }
      }
    },
  }
  await context.settled()
  await eventually('the router can read', () => canRead(router, target()), withinMs)
  return context
}

function refOf({ metadata }: KubernetesObject): ObjectRef {
  return { namespace: metadata?.namespace, name: metadata?.name ?? '' }
}

function versionIn(view: ClusterView, type: ResourceType, ref: ObjectRef): string | undefined {
  try {
    return view.get(type, ref)?.metadata?.resourceVersion
  } catch (error) {
    if (error instanceof CacheNotReadyError) return undefined
    throw error
  }
}

function canRead(router: Router, target: RouteTarget): boolean {
  try {
    router.state(target)
    router.getRoutes(target)
    return true
  } catch (error) {
    if (error instanceof CacheNotReadyError) return false
    throw error
  }
}
