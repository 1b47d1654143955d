/** What the engine decided and why, and what it told the cluster. Newest first. */
import type { DecisionLine, RolloutDetails } from '../../src/dashboard/wire.ts'
import { clockTime } from './format.ts'
import { ScrollRegion } from './parts.tsx'

/** The decision log in words. */
export function Decisions(props: { readonly decisions: RolloutDetails['decisions'] | undefined }) {
  const { lines = [], problem } = props.decisions ?? {}
  return (
    <section class="panel" aria-labelledby="decisions">
      <h2 id="decisions">Decisions</h2>
      {problem ? <p class="empty">{problem}</p> : null}
      {!problem && lines.length === 0 ? (
        <p class="empty">{props.decisions ? 'None yet.' : 'Asking the engine …'}</p>
      ) : null}
      <ScrollRegion class="log-scroll" label="Decisions, newest first">
        <ol class="log">
          {folded(lines).map(line => (
            <li key={`${line.at} ${line.text}`} class={line.kind}>
              <time dateTime={line.at}>{clockTime(line.lastAt)}</time>
              <div>
                <p>
                  {line.text}
                  {line.times > 1 ? <span class="muted"> ×{line.times}</span> : null}
                </p>
                {line.actions?.length ? <p class="mono muted">{line.actions.join(' · ')}</p> : null}
                {line.waitsFor ? <p class="muted">{waitText(line)}</p> : null}
              </div>
            </li>
          ))}
        </ol>
      </ScrollRegion>
    </section>
  )
}

/** Newest first; the same sentence several times in a row stands there once. */
function folded(lines: readonly DecisionLine[]): readonly DecisionLine[] {
  const result: DecisionLine[] = []
  for (const line of lines) {
    const last = result.at(-1)
    const isSame = last && last.kind === line.kind && last.text === line.text && !line.actions?.length
    if (isSame) result.splice(-1, 1, { ...line, at: last.at, times: last.times + line.times })
    else result.push(line)
  }
  return result.reverse()
}

function waitText({ waitsFor, until }: DecisionLine): string {
  return `waits for ${waitsFor}${until ? `, looks again at ${clockTime(until)}` : ''}`
}

/** The Canary's events. */
export function Events(props: { readonly events: RolloutDetails['events'] | undefined }) {
  const { lines = [], problem } = props.events ?? {}
  return (
    <section class="panel" aria-labelledby="events">
      <h2 id="events">Events</h2>
      {problem ? <p class="empty">{problem}</p> : null}
      {!problem && lines.length === 0 ? (
        <p class="empty">{props.events ? 'None yet.' : 'Asking the cluster …'}</p>
      ) : null}
      <ScrollRegion class="log-scroll" label="Events, newest first">
        <ol class="log">
          {lines.toReversed().map((line, index) => (
            <li key={`${line.at} ${lines.length - index}`} class={line.type === 'Warning' ? 'error' : ''}>
              <time dateTime={line.at}>{clockTime(line.at)}</time>
              <div>
                <p>
                  {line.type === 'Warning' ? <strong>Warning: </strong> : null}
                  {line.message}
                  {line.count > 1 ? <span class="muted"> ×{line.count}</span> : null}
                </p>
              </div>
            </li>
          ))}
        </ol>
      </ScrollRegion>
    </section>
  )
}
