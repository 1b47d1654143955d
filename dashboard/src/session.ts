/** The token that the person has given, for this tab only, and what it allows. */
import { signal } from '@preact/signals'
import type { ActionName, Permissions, RolloutItem, Session } from '../../src/dashboard/wire.ts'

const key = 'serin-token'

/** What the server allows. */
export const session = signal<Session>({ role: 'reader' })

/** `#token=...` signs in; it leaves the address at once, so that a copied link does not carry it. */
export function takeTokenFromAddress(): void {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1]
  if (token) {
    sessionStorage.setItem(key, decodeURIComponent(token))
    history.replaceState(null, '', `${location.pathname}#/`)
  }
  void refresh()
}

/** Takes the token, or forgets it if empty. Resolves with what it allows. */
export async function signIn(token: string): Promise<Session> {
  if (token) sessionStorage.setItem(key, token)
  else sessionStorage.removeItem(key)
  await refresh()
  return session.value
}

/** The header that bears the token. */
function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(key)
  return token ? { authorization: `Bearer ${token}` } : {}
}

async function refresh(): Promise<void> {
  const answer = await fetch('/api/session', { headers: authorization() })
  if (answer.ok) session.value = (await answer.json()) as Session
}

/** What the cluster of a rollout refuses the bearer of the token. Where it cannot be asked, the action itself tells. */
export async function fetchRefused({ cluster, namespace }: RolloutItem): Promise<Permissions['refused']> {
  const query = new URLSearchParams({ cluster, namespace })
  const answer = await fetch(`/api/permissions?${query}`, { headers: authorization() }).catch(() => undefined)
  return answer?.ok ? ((await answer.json()) as Permissions).refused : {}
}

/** Asks for an action; resolves with what was wrong, undefined when it was done. */
export async function requestAction(action: ActionName, rollout: RolloutItem): Promise<string | undefined> {
  const { cluster, namespace, name: canary } = rollout
  try {
    const answer = await fetch(`/api/actions/${action}`, {
      method: 'POST',
      headers: { ...authorization(), 'content-type': 'application/json' },
      body: JSON.stringify({ cluster, namespace, canary }),
    })
    return answer.ok ? undefined : (await answer.text()).trim()
  } catch {
    return 'The dashboard does not answer.'
  }
}
