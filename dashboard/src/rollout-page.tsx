/** One rollout, live. */
import { useSignal } from '@preact/signals'
import type { ApplicationItem, MetricRule, RolloutItem } from '../../src/dashboard/wire.ts'
import { Actions } from './actions.tsx'
import { RolloutCharts } from './charts.tsx'
import { age } from './format.ts'
import { Decisions, Events } from './logs.tsx'
import { checksText, Phase, TrafficBar } from './parts.tsx'
import { useDetails } from './polling.ts'
import { applicationHref } from './route.ts'
import { itemOf } from './store.ts'

/** The page of a rollout. */
export function RolloutPage(props: { readonly id: string }) {
  const rollout = itemOf<RolloutItem>(props.id)
  const details = useDetails(rollout)
  const minutes = useSignal(0)
  if (!rollout) {
    return (
      <>
        <h1>Rollout not found</h1>
        <p>
          There is no Canary <code>{props.id.slice('rollout/'.length)}</code>.{' '}
          <a href="#/rollouts">See all rollouts.</a>
        </p>
      </>
    )
  }
  const { cluster, namespace, name, application } = rollout
  const owner = application ? itemOf<ApplicationItem>(application) : undefined
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        {owner ? (
          <>
            <a href="#/">{owner.fleets.length > 0 ? `Fleet ${owner.fleets.join(', ')}` : 'Fleets'}</a>
            <a href={applicationHref(owner)}>{owner.name}</a>
          </>
        ) : (
          <a href="#/rollouts">Rollouts</a>
        )}
        <span>{cluster}</span>
      </nav>
      <div class="title">
        <h1>
          <span class="muted">{namespace}/</span>
          {name}
        </h1>
        <span class="big">
          <Phase phase={rollout.phase} suspended={rollout.suspended} />
        </span>
        <Actions key={rollout.id} rollout={rollout} />
      </div>
      <section class="panel split" aria-label="Traffic">
        <TrafficBar rollout={rollout} labels />
        <Facts rollout={rollout} />
      </section>
      <RolloutCharts rollout={rollout} history={details.value?.history ?? []} minutes={minutes} />
      <div class="columns">
        <Decisions decisions={details.value?.decisions} />
        <Events events={details.value?.events} />
      </div>
    </>
  )
}

function Facts(props: { readonly rollout: RolloutItem }) {
  const { rollout } = props
  return (
    <dl class="facts">
      <dt>Target</dt>
      <dd class="mono">{rollout.target}</dd>
      <dt>Strategy</dt>
      <dd>
        {rollout.strategy}
        {rollout.provider ? ` by ${rollout.provider}` : ''}
        {rollout.mirror ? ', mirrored first' : ''}
      </dd>
      {rollout.steps.length > 0 ? (
        <>
          <dt>Steps</dt>
          <dd>{stepsText(rollout.steps)}</dd>
        </>
      ) : null}
      <dt>Checks</dt>
      <dd>
        every {rollout.interval}; {checksText(rollout)}
      </dd>
      <dt>Thresholds</dt>
      <dd>{rollout.metrics.length > 0 ? rollout.metrics.map(ruleText).join('; ') : 'none'}</dd>
      <dt>Last change</dt>
      <dd>
        {rollout.changedAt ? `${age(rollout.changedAt)} ago` : 'never'}
        {rollout.message ? `: ${rollout.message}` : ''}
      </dd>
    </dl>
  )
}

function stepsText(steps: readonly number[]): string {
  const shown = steps.length > 8 ? [...steps.slice(0, 4), '…', ...steps.slice(-2)] : steps
  return `${shown.join(' → ')}%`
}

/** Of the metrics that every rollout may ask for. */
const units: Readonly<Record<string, string>> = { 'request-success-rate': '%', 'request-duration': ' ms' }

function ruleText({ name, min, max }: MetricRule): string {
  const unit = units[name] ?? ''
  const bounds = [min === undefined ? '' : `≥ ${min}${unit}`, max === undefined ? '' : `≤ ${max}${unit}`].filter(
    Boolean,
  )
  return `${name} ${bounds.join(' and ')}`.trim()
}
