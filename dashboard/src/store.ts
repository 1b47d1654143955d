/** The state as the server tells it, one signal an item, so that only what changed is drawn again. */
import { batch, computed, type Signal, signal } from '@preact/signals'
import type {
  ApplicationItem,
  Change,
  ClusterItem,
  FleetItem,
  Item,
  RolloutItem,
  State,
} from '../../src/dashboard/wire.ts'

const items = new Map<string, Signal<Item>>()
/** Counts comings and goings of items, not their changes. */
const membership = signal(0)

/** Whether the page hears of changes right now. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting')
/** The last change, for those who tell of it. Undefined after a whole state. */
export const lastChange = signal<readonly { readonly before: Item | undefined; readonly after: Item }[]>([])

/** Listens to the server for as long as the page is open. The browser reconnects by itself. */
export function follow(): void {
  const source = new EventSource('/api/events')
  source.addEventListener('state', event => replaceAll(JSON.parse(event.data) as State))
  source.addEventListener('change', event => apply(JSON.parse(event.data) as Change))
  source.addEventListener('error', () => {
    connection.value = 'lost'
    // After an answer that is no stream the browser gives up.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 3_000)
  })
}

function replaceAll(state: State): void {
  batch(() => {
    const there = new Set(state.items.map(({ id }) => id))
    for (const id of items.keys()) if (!there.has(id)) items.delete(id)
    for (const item of state.items) put(item)
    membership.value += 1
    lastChange.value = []
    connection.value = 'live'
  })
}

function apply({ upserts, removes }: Change): void {
  batch(() => {
    lastChange.value = upserts.map(after => ({ before: items.get(after.id)?.peek(), after }))
    const isNew = upserts.filter(item => !items.has(item.id)).length
    for (const item of upserts) put(item)
    for (const id of removes) items.delete(id)
    if (isNew + removes.length > 0) membership.value += 1
  })
}

function put(item: Item): void {
  const known = items.get(item.id)
  if (known) known.value = item
  else items.set(item.id, signal(item))
}

function signalsOf<T extends Item>(type: T['type']): readonly Signal<T>[] {
  membership.value // Whoever asks is told when items come and go.
  const found = [...items.values()].filter(item => item.peek().type === type)
  // An item never changes its type: ids begin with it.
  return (found as unknown as Signal<T>[]).sort((a, b) => a.peek().id.localeCompare(b.peek().id))
}

/** All of a type, by id. */
export const clusters = computed(() => signalsOf<ClusterItem>('cluster'))
export const fleets = computed(() => signalsOf<FleetItem>('fleet'))
export const applications = computed(() => signalsOf<ApplicationItem>('application'))
export const rollouts = computed(() => signalsOf<RolloutItem>('rollout'))

/** One item; undefined where there is none (yet). */
export function itemOf<T extends Item>(id: string): T | undefined {
  membership.value
  return items.get(id)?.value as T | undefined // ids begin with the type
}
