/** Deep links: `#/`, `#/rollouts`, `#/applications/NAMESPACE/NAME`, `#/rollouts/CLUSTER/NAMESPACE/NAME`. */
import { computed, signal } from '@preact/signals'
import type { ApplicationItem, RolloutItem } from '../../src/dashboard/wire.ts'

/** Where the page is. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'rollouts' }
  | { readonly page: 'application'; readonly id: string }
  | { readonly page: 'rollout'; readonly id: string }
  | { readonly page: 'unknown' }

const hash = signal(location.hash)
addEventListener('hashchange', () => {
  hash.value = location.hash
})

/** The place that the address names. */
export const route = computed((): Route => {
  const [path = ''] = hash.value.replace(/^#\/?/, '').split('?')
  const [page = '', ...rest] = path.split('/').map(decoded)
  if (page === '') return { page: 'overview' }
  if (page === 'rollouts' && rest.length === 0) return { page: 'rollouts' }
  if (page === 'rollouts' && rest.length === 3) return { page: 'rollout', id: `rollout/${rest.join('/')}` }
  if (page === 'applications' && rest.length === 2) return { page: 'application', id: `application/${rest.join('/')}` }
  return { page: 'unknown' }
})

/** What follows the `?` of the address. */
export const query = computed(() => new URLSearchParams(hash.value.split('?')[1] ?? ''))

/** Keeps a filter in the address without a step in the browser's history. */
export function setQuery(name: string, value: string): void {
  const next = new URLSearchParams(query.peek())
  if (value) next.set(name, value)
  else next.delete(name)
  const [path] = hash.peek().split('?')
  history.replaceState(null, '', `${path || '#/'}${next.size > 0 ? `?${next}` : ''}`)
  hash.value = location.hash
}

/** The address of a rollout. */
export function rolloutHref({ cluster, namespace, name }: RolloutItem): string {
  return `#/rollouts/${[cluster, namespace, name].map(encodeURIComponent).join('/')}`
}

/** The address of an application. */
export function applicationHref({ namespace, name }: ApplicationItem): string {
  return `#/applications/${[namespace, name].map(encodeURIComponent).join('/')}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
