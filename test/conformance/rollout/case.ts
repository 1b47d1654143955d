/** The form of a rollout case, and what it works with. Every case runs on the embedded API and on a real one. */
import { DaemonSet, Deployment } from '../../../src/api/core/apps-v1.ts'
import { Event } from '../../../src/api/core/core-v1.ts'
import { Canary, type CanaryPhase } from '../../../src/api/flagger/v1beta1.ts'
import { VirtualService } from '../../../src/api/istio/networking.ts'
import type { KubernetesObject } from '../../../src/apimachinery/meta.ts'
import type { Client } from '../../../src/runtime/client.ts'
import { eventually } from '../../support/eventually.ts'
import { applyObject } from '../../support/rollout.ts'
import type { Measured } from '../../support/scripted-prometheus.ts'
import type { RolloutHost } from './host.ts'

/** One rollout and what holds of it. */
export interface RolloutCase {
  /** What holds, as a sentence. */
  readonly name: string
  readonly run: (context: RolloutContext) => Promise<void>
}

/** A namespace of the case's own, and what people do and see in it. */
export interface RolloutContext {
  readonly host: RolloutHost
  readonly client: Client
  readonly ns: string
  apply(...objects: readonly KubernetesObject[]): Promise<void>
  /** What Prometheus says about the namespace from now on. */
  measure(measured: Measured): void
  /** Waits until the Canary is in the phase; gives it then. */
  phase(phase: CanaryPhase): Promise<Canary>
  /** Phases, weights and iterations that the status went through, from the first entry with `from` on. */
  trail(from?: CanaryPhase): readonly string[]
  deployment(name: string): Promise<Deployment>
  daemonSet(name: string): Promise<DaemonSet>
  /** Weights of the VirtualService's first route, primary first. */
  weights(): Promise<readonly (number | undefined)[]>
  /** Waits until, for each of the messages, an event of the Canary ends with it or matches it. */
  said(...messages: readonly (string | RegExp)[]): Promise<void>
}

// A real control plane on a shared machine takes its time.
const defaultWithinMs = 90_000

/** A context in a namespace that is there already. `withinMs`: how long it waits for whatever it waits for. */
export function newRolloutContext(host: RolloutHost, ns: string, withinMs = defaultWithinMs): RolloutContext {
  const { client } = host
  const ref = { namespace: ns, name: 'podinfo' }
  const events = async () => {
    const { items } = await client.list(Event, { namespace: ns })
    return items.filter(({ involvedObject }) => involvedObject.kind === 'Canary').map(({ message = '' }) => message)
  }
  return {
    host,
    client,
    ns,
    async apply(...objects) {
      for (const object of objects) await applyObject(client, object)
    },
    measure: measured => host.prometheus.script(ns, measured),
    phase: phase =>
      eventually(
        `the canary of ${ns} is ${phase}`,
        async () => {
          const canary = await client.fetch(Canary, ref)
          return canary.status?.phase === phase && host.hasSeen(canary) ? canary : undefined
        },
        withinMs,
      ),
    trail(from) {
      const all = host.trail(ns)
      return from === undefined ? all : all.slice(all.findIndex(entry => entry.startsWith(`${from} `)))
    },
    deployment: name => client.fetch(Deployment, { namespace: ns, name }),
    daemonSet: name => client.fetch(DaemonSet, { namespace: ns, name }),
    async weights() {
      const { spec } = await client.fetch(VirtualService, ref)
      return spec.http?.[0]?.route?.map(({ weight }) => weight) ?? []
    },
    async said(...messages) {
      for (const message of messages) {
        const isIt = (text: string) => (typeof message === 'string' ? text.endsWith(message) : message.test(text))
        await eventually(`an event of ${ns} says ${message}`, async () => (await events()).some(isIt), withinMs)
      }
    },
  }
}
