/** Fleets, their members and their applications; and what is under way. */
import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { ApplicationItem, FleetItem, FleetMember } from '../../src/dashboard/wire.ts'
import { age, isUnderWay, shortRevision, toneOf } from './format.ts'
import { ScrollRegion } from './parts.tsx'
import { RolloutTable } from './rollout-table.tsx'
import { applicationHref } from './route.ts'
import { applications, clusters, fleets, rollouts } from './store.ts'

/** The first page. */
export function Overview() {
  const underWay = useComputed(() => rollouts.value.filter(({ value }) => isUnderWay(value.phase)))
  const others = useComputed(() => {
    const known = new Set(fleets.value.map(({ value }) => value.name))
    return applications.value.filter(({ value }) => !value.fleets.some(name => known.has(name)))
  })
  return (
    <>
      <h1>Fleets</h1>
      <Problems />
      {fleets.value.map(fleet => (
        <Fleet key={fleet.peek().id} fleet={fleet} />
      ))}
      {fleets.value.length === 0 ? (
        <p class="empty">
          There is no Fleet on the host. <code>kubectl apply</code> one, and it shows up here.
        </p>
      ) : null}
      {others.value.length > 0 ? (
        <section class="panel" aria-labelledby="other-applications">
          <h2 id="other-applications">Applications without a fleet</h2>
          <ApplicationTable applications={others.value} caption="Applications without a fleet" />
        </section>
      ) : null}
      <section aria-labelledby="under-way">
        <h2 id="under-way">Under way</h2>
        {underWay.value.length > 0 ? (
          <RolloutTable rollouts={underWay.value} caption="Rollouts under way" />
        ) : (
          <p class="empty">
            Nothing moves: {rollouts.value.length} {rollouts.value.length === 1 ? 'rollout is' : 'rollouts are'} at
            rest. <a href="#/rollouts">See all rollouts</a>
          </p>
        )}
      </section>
    </>
  )
}

function Problems() {
  const broken = clusters.value.map(({ value }) => value).filter(({ problem }) => problem)
  if (broken.length === 0) return null
  return (
    <div class="notice" role="alert">
      {broken.map(({ name, problem }) => (
        <p key={name}>
          <strong>{name}</strong> cannot be followed; what is shown of it may be old. <code>{problem}</code>
        </p>
      ))}
    </div>
  )
}

function Fleet(props: { readonly fleet: ReadonlySignal<FleetItem> }) {
  const { id, namespace, name, phase, members } = props.fleet.value
  const own = applications.value.filter(({ value }) => value.fleets.includes(name))
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>
        <span class="muted">{namespace}/</span>
        {name} <span class="tag">{phase || 'Unknown'}</span>
      </h2>
      <ul class="members" aria-label={`Members of ${name}`}>
        {members.map(member => (
          <Member key={member.name} member={member} />
        ))}
      </ul>
      {own.length > 0 ? (
        <ApplicationTable applications={own} caption={`Applications of ${name}`} />
      ) : (
        <p class="empty">No Application has this fleet as its destination.</p>
      )}
    </section>
  )
}

function Member(props: { readonly member: FleetMember }) {
  const { name, ready, engine, version, message } = props.member
  const words = ready === undefined ? 'not known' : ready ? 'ready' : 'not ready'
  return (
    <li class={ready === undefined ? 'idle' : ready ? 'good' : 'bad'}>
      <span class="dot" aria-hidden="true" />
      <strong>{name}</strong>
      <span>{words}</span>
      {version ? <span class="muted">{version}</span> : null}
      {engine ? <span class="muted">engine: {engine}</span> : null}
      {message && !ready ? <span class="problem">{message}</span> : null}
    </li>
  )
}

function ApplicationTable(props: {
  readonly applications: readonly ReadonlySignal<ApplicationItem>[]
  readonly caption: string
}) {
  return (
    <ScrollRegion class="scroll" label={props.caption}>
      <table class="list">
        <caption class="visually-hidden">{props.caption}</caption>
        <thead>
          <tr>
            <th scope="col">Namespace</th>
            <th scope="col">Application</th>
            <th scope="col">Ready</th>
            <th scope="col">Clusters</th>
            <th scope="col">Rollouts</th>
            <th scope="col">Revision</th>
            <th scope="col">Age</th>
          </tr>
        </thead>
        <tbody>
          {props.applications.map(application => (
            <ApplicationRow key={application.peek().id} application={application} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function ApplicationRow(props: { readonly application: ReadonlySignal<ApplicationItem> }) {
  const application = props.application.value
  const { namespace, ready, clusters, revision, createdAt } = application
  return (
    <tr>
      <td>{namespace}</td>
      <th scope="row">
        <a href={applicationHref(application)}>{application.name}</a>
      </th>
      <td>
        <Ready application={application} />
      </td>
      <td class="number">{clusters ?? ''}</td>
      <td>
        <PhaseCounts id={application.id} />
      </td>
      <td class="mono">{revision ? shortRevision(revision) : ''}</td>
      <td>{ready === undefined ? '' : age(createdAt)}</td>
    </tr>
  )
}

/** The Ready condition in its colour. */
export function Ready(props: { readonly application: ApplicationItem }) {
  const { ready, reason } = props.application
  const tone = ready === 'True' ? 'good' : ready === 'False' ? 'bad' : 'busy'
  return (
    <span class={`phase ${tone}`}>
      <span class="dot" aria-hidden="true" />
      {ready}
      {reason && ready !== 'True' ? ` (${reason})` : ''}
    </span>
  )
}

function PhaseCounts(props: { readonly id: string }) {
  const counts = useComputed(() => {
    const found = new Map<string, number>()
    for (const { value } of rollouts.value) {
      if (value.application === props.id) found.set(value.phase, (found.get(value.phase) ?? 0) + 1)
    }
    return [...found]
  })
  if (counts.value.length === 0) return <span class="muted">none</span>
  return (
    <span class="counts">
      {counts.value.map(([phase, count]) => (
        <span key={phase} class={`phase ${toneOf(phase)}`}>
          <span class="dot" aria-hidden="true" />
          {count} {phase || 'Not seen yet'}
        </span>
      ))}
    </span>
  )
}
