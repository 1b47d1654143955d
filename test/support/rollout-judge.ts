/** Holds an agent's writes against what must be true of traffic at every moment, whatever goes wrong around it. */
import { DaemonSet, Deployment } from '../../src/api/core/apps-v1.ts'
import { Canary } from '../../src/api/flagger/v1beta1.ts'
import type { VirtualService } from '../../src/api/istio/networking.ts'
import { normalise } from '../../src/rollout/normalise.ts'
import { highestWeight } from '../../src/rollout/weights.ts'
import type { Client } from '../../src/runtime/client.ts'
import type { ProxiedRequest } from './api-proxy.ts'

/** Sees writes and remembers what was wrong with them. */
export interface RolloutJudge {
  /** To be told of each write before whoever sent it hears of its success. */
  written(request: ProxiedRequest, object: unknown): Promise<void>
  /** What was wrong, in words; empty when all was well. */
  readonly faults: readonly string[]
  /** Canary's share after each write of routes in a namespace, repetitions left out. */
  weights(namespace: string): readonly number[]
}

interface Shares {
  readonly primary: number
  readonly canary: number
}

/** A judge who reads the cluster with `client`; a target has the name of its Canary. */
export function newRolloutJudge(client: Client): RolloutJudge {
  const faults: string[] = []
  const trails = new Map<string, Shares[]>()

  async function judgeRoutes(routes: VirtualService): Promise<void> {
    const { namespace = '', name = '' } = routes.metadata ?? {}
    const trail = trails.get(namespace) ?? []
    trails.set(namespace, trail)
    const before = trail.at(-1) ?? { primary: 100, canary: 0 }
    const now = sharesOf(routes)
    const say = (what: string) => void faults.push(`${namespace}: ${what} at ${now.primary}/${now.canary}`)
    for (const { route = [] } of routes.spec.http ?? []) {
      const sum = route.reduce((total, { weight = 100 }) => total + weight, 0)
      if (sum !== 100) say(`weights add up to ${sum}`)
    }
    if (now.canary > before.canary && !(await canServe(namespace, name))) say('weight for a canary without ready pods')
    if (now.primary > before.primary && !(await canServe(namespace, `${name}-primary`))) {
      say('weight for a primary without ready pods')
    }
    const canary = await client.fetchIfExists(Canary, { namespace, name })
    const { phase = '' } = canary?.status ?? {}
    if (canary && now.canary > before.canary && ['Progressing', 'WaitingPromotion'].includes(phase)) {
      const limit = limitOf(canary)
      if (now.canary > limit) say(`more than ${limit} before the promotion`)
    }
    if (now.primary !== before.primary || now.canary !== before.canary || trail.length === 0) trail.push(now)
  }

  async function canServe(namespace: string, name: string): Promise<boolean> {
    const deployment = await client.fetchIfExists(Deployment, { namespace, name })
    if (deployment) return (deployment.status?.availableReplicas ?? 0) > 0
    const daemonSet = await client.fetchIfExists(DaemonSet, { namespace, name })
    return (daemonSet?.status?.numberAvailable ?? 0) > 0
  }

  function judgeStatus({ metadata, status }: Canary): void {
    const { namespace = '' } = metadata
    const shares = trails.get(namespace)?.at(-1)
    // A promotion that failed is the exception: its canary is all that answers.
    const hasKept = (status?.canaryWeight ?? 0) > 0
    if (status?.phase === 'Failed' && !hasKept && shares && shares.primary !== 100) {
      faults.push(`${namespace}: failed with ${shares.primary} on the primary`)
    }
  }

  return {
    faults,
    weights: namespace => (trails.get(namespace) ?? []).map(({ canary }) => canary),
    async written({ path, method }, object) {
      if (method === 'DELETE') return
      // What the API gives for these paths are objects of these kinds.
      if (path.includes('/virtualservices')) await judgeRoutes(object as VirtualService)
      if (/\/canaries\/[^/]+\/status$/.test(path)) judgeStatus(object as Canary)
    },
  }
}

/** The shares of the last route that knows the canary: those before it are for who has a session cookie. */
function sharesOf({ spec }: VirtualService): Shares {
  const route = spec.http?.findLast(({ route = [] }) =>
    route.some(({ destination }) => isCanary(destination.host)),
  )?.route
  const share = (ofCanary: boolean) =>
    route?.find(({ destination }) => isCanary(destination.host) === ofCanary)?.weight ?? (ofCanary ? 0 : 100)
  return { primary: share(false), canary: share(true) }
}

function isCanary(host: string): boolean {
  return host.split('.')[0]?.endsWith('-canary') ?? false
}

function limitOf(canary: Canary): number {
  const result = normalise(canary, { provider: 'istio' })
  return 'spec' in result ? highestWeight(result.spec.strategy) : 0
}
