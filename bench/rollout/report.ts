/** Figures as tables for docs/performance.md. */
import type { LaneName } from './lanes.ts'
import type { Figures } from './measure.ts'

/** Heading and table head of a lane. */
export function headOf(lane: LaneName): string {
  const columns = lane === 'growth' ? [...restColumns, 'peak RSS'] : [...rolloutColumns, ...restColumns]
  return `\n${titles[lane]}\n\n| ${columns.join(' | ')} |\n|${' ---: |'.repeat(columns.length)}\n`
}

const titles: Readonly<Record<LaneName, string>> = {
  embedded: 'Rolled out all at once, embedded API:',
  real: 'Rolled out all at once, kube-apiserver with etcd and the controllers of Deployments and ReplicaSets:',
  growth: 'At rest, embedded API:',
}

const rolloutColumns = [
  'canaries',
  'last ends after',
  'floor',
  'last to floor',
  'all its changes alone',
  'last to those',
  'requests each',
  'agent CPU',
  'API CPU',
  'agent peak RSS',
]
const restColumns = ['canaries at rest', 'requests/s', 'queries/s', 'CPU', 'RSS', 'CPU to initialise, each']

/** One row. */
export function rowOf(lane: LaneName, { size, rest, rollout, peakMb }: Figures): string {
  const atRest = [
    size,
    rest.requestsPerSecond.toFixed(1),
    rest.queriesPerSecond.toFixed(1),
    `${rest.corePercent.toFixed(2)} %`,
    `${rest.residentMb.toFixed(0)} MB`,
    `${((rest.initialiseAgentSeconds * 1000) / size).toFixed(1)} ms`,
  ]
  if (lane === 'growth' || !rollout) return row([...atRest, `${peakMb.toFixed(0)} MB`])
  const { lastSeconds, floorSeconds, changesAloneSeconds } = rollout
  const moved = [
    size,
    `${lastSeconds.toFixed(1)} s`,
    `${floorSeconds.toFixed(1)} s`,
    (lastSeconds / floorSeconds).toFixed(2),
    `${changesAloneSeconds.toFixed(1)} s`,
    (lastSeconds / changesAloneSeconds).toFixed(2),
    rollout.requestsEach.toFixed(1),
    `${rollout.agentCpuSeconds.toFixed(1)} s`,
    `${rollout.serverCpuSeconds.toFixed(1)} s`,
    `${peakMb.toFixed(0)} MB`,
  ]
  return row([...moved, ...atRest])
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |\n`
}
