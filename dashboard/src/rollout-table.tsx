/** Rollouts as kubectl would list them. */
import type { ReadonlySignal } from '@preact/signals'
import type { RolloutItem } from '../../src/dashboard/wire.ts'
import { age } from './format.ts'
import { checksText, Phase, ScrollRegion, TrafficBar } from './parts.tsx'
import { rolloutHref } from './route.ts'

/** The table; each row follows its own rollout. */
export function RolloutTable(props: {
  readonly rollouts: readonly ReadonlySignal<RolloutItem>[]
  readonly caption: string
}) {
  return (
    <ScrollRegion class="scroll" label={props.caption}>
      <table class="list rollouts">
        <caption class="visually-hidden">{props.caption}</caption>
        <thead>
          <tr>
            <th scope="col">Cluster</th>
            <th scope="col">Namespace</th>
            <th scope="col">Name</th>
            <th scope="col">Status</th>
            <th scope="col">Weight</th>
            <th scope="col">Traffic</th>
            <th scope="col">Checks</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {props.rollouts.map(rollout => (
            <Row key={rollout.peek().id} rollout={rollout} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function Row(props: { readonly rollout: ReadonlySignal<RolloutItem> }) {
  const rollout = props.rollout.value
  return (
    <tr>
      <td>{rollout.cluster}</td>
      <td>{rollout.namespace}</td>
      <th scope="row">
        <a href={rolloutHref(rollout)}>{rollout.name}</a>
      </th>
      <td>
        <Phase phase={rollout.phase} suspended={rollout.suspended} />
      </td>
      <td class="number">{rollout.weight}%</td>
      <td>
        <TrafficBar rollout={rollout} />
      </td>
      <td>{checksText(rollout)}</td>
      <td>
        <Age since={rollout.changedAt} />
      </td>
    </tr>
  )
}

/** Its own part, so that time passing does not draw whole rows. */
function Age(props: { readonly since: string | undefined }) {
  return <>{age(props.since)}</>
}
