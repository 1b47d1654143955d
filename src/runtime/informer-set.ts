/** The informers of one cluster: one for each selection, shared by all who want it. */
import type { KubernetesObject, ResourceType } from '../apimachinery/meta.ts'
import { aborted } from './abort.ts'
import type { Random } from './backoff.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { type Informer, newInformer } from './informer.ts'
import { newInterner } from './intern.ts'
import type { Logger } from './log.ts'
import type { InitialSync, Selection } from './reflector.ts'

/** What to keep of a type, as an informer's; it belongs to the selection: the first to ask for it decides. */
export interface InformerOptions<T> extends Selection {
  readonly transform?: (object: T) => T
  readonly keepsSpec?: boolean
}

/** Shared informers. */
export interface InformerSet {
  /** The informer of that type and selection; starts at once if the set runs. */
  informer<T extends KubernetesObject>(type: ResourceType<T>, options?: InformerOptions<T>): Informer<T>
  /** All informers that were asked for so far. */
  all(): readonly Informer<KubernetesObject>[]
  /** Resolves when every informer that exists now has synced. */
  synced(signal?: AbortSignal): Promise<void>
  /** Runs all, also those that are asked for later, until `signal` aborts and each has ended. Call it once. */
  run(signal: AbortSignal): Promise<void>
}

/** A set without informers. */
export function newInformerSet(deps: {
  readonly client: Pick<Client, 'list' | 'watch'>
  readonly clock: Clock
  readonly log: Logger
  readonly random: Random
  readonly initialSync?: InitialSync
}): InformerSet {
  const informers = new Map<string, Informer<KubernetesObject>>()
  const interner = newInterner()
  let running: { readonly signal: AbortSignal; readonly runs: Promise<void>[] } | undefined
  return {
    informer<T extends KubernetesObject>(type: ResourceType<T>, options: InformerOptions<T> = {}): Informer<T> {
      const { transform, keepsSpec, ...selection } = options
      const key = keyOfSelection(type, selection)
      const existing = informers.get(key)
      // Same key, same type: the map holds informers of many types, which its type cannot say.
      if (existing) return existing as unknown as Informer<T>
      const keeping = { ...(transform ? { transform } : {}), ...(keepsSpec ? { keepsSpec } : {}) }
      const informer = newInformer<T>({ ...deps, type, selection, interner, ...keeping })
      informers.set(key, informer as unknown as Informer<KubernetesObject>)
      if (running) running.runs.push(informer.run(running.signal))
      return informer
    },
    all: () => [...informers.values()],
    async synced(signal) {
      await Promise.all([...informers.values()].map(informer => informer.synced(signal)))
    },
    async run(signal) {
      running = { signal, runs: [...informers.values()].map(informer => informer.run(signal)) }
      await aborted(signal)
      await Promise.all(running.runs)
    },
  }
}

function keyOfSelection(type: ResourceType, selection: Selection): string {
  const { namespace = '', labelSelector = '', fieldSelector = '' } = selection
  return JSON.stringify([type.group, type.version, type.plural, namespace, labelSelector, fieldSelector])
}
