/** One Application: where it comes from, and its rollout in each member. */
import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { ApplicationItem, RolloutItem } from '../../src/dashboard/wire.ts'
import { shortRevision } from './format.ts'
import { Ready } from './overview.tsx'
import { checksText, Phase, TrafficBar } from './parts.tsx'
import { rolloutHref } from './route.ts'
import { itemOf, rollouts } from './store.ts'

/** The page of an Application. */
export function ApplicationPage(props: { readonly id: string }) {
  const application = itemOf<ApplicationItem>(props.id)
  const own = useComputed(() => rollouts.value.filter(({ value }) => value.application === props.id))
  if (!application) {
    return (
      <>
        <h1>Application not found</h1>
        <p>
          The host has no <code>{props.id.slice('application/'.length)}</code>. <a href="#/">Go to the fleets.</a>
        </p>
      </>
    )
  }
  const { namespace, name, fleets, source, revision, message } = application
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href="#/">{fleets.length > 0 ? `Fleet ${fleets.join(', ')}` : 'Fleets'}</a>
      </nav>
      <h1>
        <span class="muted">{namespace}/</span>
        {name}
      </h1>
      <dl class="facts">
        <dt>Ready</dt>
        <dd>
          <Ready application={application} />
        </dd>
        <dt>Source</dt>
        <dd class="mono">{source}</dd>
        <dt>Revision</dt>
        <dd class="mono">{revision ? shortRevision(revision) : 'not fetched yet'}</dd>
        {message ? (
          <>
            <dt>Message</dt>
            <dd>{message}</dd>
          </>
        ) : null}
      </dl>
      <h2>Rollouts</h2>
      {own.value.length > 0 ? (
        <ul class="cards">
          {own.value.map(rollout => (
            <Card key={rollout.peek().id} rollout={rollout} />
          ))}
        </ul>
      ) : (
        <p class="empty">No member has a Canary of this Application yet.</p>
      )}
    </>
  )
}

function Card(props: { readonly rollout: ReadonlySignal<RolloutItem> }) {
  const rollout = props.rollout.value
  return (
    <li class="card">
      <h3>
        <a href={rolloutHref(rollout)}>{rollout.cluster}</a>
        <Phase phase={rollout.phase} suspended={rollout.suspended} />
      </h3>
      <p class="mono">
        {rollout.namespace}/{rollout.name}
      </p>
      <TrafficBar rollout={rollout} labels />
      <p>Checks: {checksText(rollout)}</p>
      <p class="muted">{rollout.message}</p>
    </li>
  )
}
