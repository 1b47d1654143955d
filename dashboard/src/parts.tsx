/** Small parts that several pages show. */
import type { ComponentChildren } from 'preact'
import type { RolloutItem } from '../../src/dashboard/wire.ts'
import { toneOf } from './format.ts'

/** A phase in its colour; never by colour alone. */
export function Phase(props: { readonly phase: string; readonly suspended?: boolean }) {
  const { phase, suspended = false } = props
  return (
    <span class={`phase ${toneOf(phase, suspended)}`}>
      <span class="dot" aria-hidden="true" />
      {phase || 'Not seen yet'}
      {suspended ? ' (paused)' : ''}
    </span>
  )
}

/** How the traffic is split, with the steps of the way marked. */
export function TrafficBar(props: { readonly rollout: RolloutItem; readonly labels?: boolean }) {
  const { weight, steps } = props.rollout
  return (
    <div class="traffic">
      <div class="traffic-bar" role="img" aria-label={`${weight}% canary, ${100 - weight}% primary`}>
        <div class="traffic-canary" style={{ width: `${weight}%` }} />
        {steps
          .filter(step => step < 100)
          .map(step => (
            <div key={step} class={`traffic-step ${step <= weight ? 'done' : ''}`} style={{ left: `${step}%` }} />
          ))}
      </div>
      {props.labels ? (
        <div class="traffic-labels" aria-hidden="true">
          <span>
            <i class="swatch canary" /> canary {weight}%
          </span>
          <span>
            <i class="swatch primary" /> primary {100 - weight}%
          </span>
        </div>
      ) : null}
    </div>
  )
}

const countingPhases: readonly string[] = ['Progressing', 'Waiting', 'WaitingPromotion', 'Promoting']

/** How far the checks are. */
export function checksText(rollout: RolloutItem): string {
  const { iterations, maxIterations, failedChecks, maxFailedChecks } = rollout
  const isCounted = failedChecks > 0 || countingPhases.includes(rollout.phase)
  // At rest the counters are at zero again, whatever the last rollout met.
  if (!isCounted) return `${maxFailedChecks} failed ${maxFailedChecks === 1 ? 'check rolls' : 'checks roll'} back`
  const failed = `${failedChecks}/${maxFailedChecks} failed`
  return maxIterations > 0 ? `${iterations}/${maxIterations} done, ${failed}` : failed
}

/** A part that scrolls by itself, and so has to be reachable by keyboard. */
export function ScrollRegion(props: {
  readonly label: string
  readonly class: string
  readonly children: ComponentChildren
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls with the arrow keys
    <section class={props.class} tabIndex={0} aria-label={props.label}>
      {props.children}
    </section>
  )
}
