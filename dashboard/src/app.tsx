/** The frame of every page: header, place, announcements. */
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Announcer } from './announcer.tsx'
import { ApplicationPage } from './application-page.tsx'
import { Overview } from './overview.tsx'
import { RolloutPage } from './rollout-page.tsx'
import { RolloutsPage } from './rollouts-page.tsx'
import { route } from './route.ts'
import { SignIn } from './sign-in.tsx'
import { connection } from './store.ts'

/** The whole page. */
export function App() {
  const main = useRef<HTMLElement>(null)
  const at = route.value
  const place = 'id' in at ? at.id : at.page
  const first = useRef(true)
  useEffect(() => {
    // Who came by a link inside the page goes on reading at the new place; the first load leaves the focus alone.
    if (!first.current) main.current?.focus({ preventScroll: true })
    if (!first.current) scrollTo(0, 0)
    first.current = false
  }, [place])
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="top">
        <a class="brand" href="#/">
          <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
            <rect width="16" height="16" rx="3" class="brand-ground" />
            <path d="M3 8h6" class="brand-primary" />
            <path d="M10 8h3" class="brand-canary" />
          </svg>
          Serin
        </a>
        <nav aria-label="Pages">
          <NavLink href="#/" current={at.page === 'overview' || at.page === 'application'}>
            Fleets
          </NavLink>
          <NavLink href="#/rollouts" current={at.page === 'rollouts' || at.page === 'rollout'}>
            Rollouts
          </NavLink>
        </nav>
        <Connection />
        <SignIn />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Page />
      </main>
      <Announcer />
    </>
  )
}

function Page() {
  const at = route.value
  const isConnecting = connection.value === 'connecting'
  useLayoutEffect(() => {
    // For whoever measures: everything of the first state is in the document and laid out.
    if (!isConnecting) requestAnimationFrame(() => performance.mark('first-state'))
  }, [isConnecting])
  if (isConnecting) return <p class="muted">Reading the clusters …</p>
  switch (at.page) {
    case 'overview':
      return <Overview />
    case 'rollouts':
      return <RolloutsPage />
    case 'application':
      return <ApplicationPage id={at.id} key={at.id} />
    case 'rollout':
      return <RolloutPage id={at.id} key={at.id} />
    case 'unknown':
      return (
        <>
          <h1>Nothing here</h1>
          <p>
            The address names no page. <a href="#/">Go to the fleets.</a>
          </p>
        </>
      )
  }
}

function NavLink(props: { readonly href: string; readonly current: boolean; readonly children: ComponentChildren }) {
  return (
    <a href={props.href} aria-current={props.current ? 'page' : undefined}>
      {props.children}
    </a>
  )
}

const connectionWords = { connecting: 'Connecting', live: 'Live', lost: 'Connection lost, trying again' }

function Connection() {
  const state = connection.value
  return (
    <p class={`connection ${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      {connectionWords[state]}
    </p>
  )
}
