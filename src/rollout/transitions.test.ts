import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { decideNoted } from '../../test/support/decide-noted.ts'
import type { Decision } from './decision.ts'
import { evidenceOf } from './evidence.ts'
import { liveOf } from './live.ts'
import { type AnalysisManifest, normalise } from './normalise.ts'
import type { Answer, Observed, ObservedTarget, Workload } from './observed.ts'
import { actionText } from './simulate.ts'
import type { RolloutSpec } from './spec.ts'
import type { Phase } from './status.ts'

const file = path.join(import.meta.dirname, 'testdata', 'transitions.txt')
const now = new Date('2026-01-01T01:00:00Z')
const anHourAgo = '2026-01-01T00:00:00.000Z'
const intervalMs = 10_000

/** The dimensions of a state; each has few values, and `decide` is asked for every combination. */
const revisions = ['same', 'reverted', 'new'] as const
const pods = ['ready', 'starting', 'broken', 'zero'] as const
const primaries = ['ready', 'starting', 'broken', 'missing'] as const
const checks = ['early', 'unasked', 'passed', 'failed', 'unreachable'] as const

interface State {
  readonly phase: Phase
  readonly revision: (typeof revisions)[number]
  readonly canary: (typeof pods)[number]
  readonly primary: (typeof primaries)[number]
  readonly canaryWeight: number
  readonly iterations: number
  readonly failedChecks: number
  readonly check: (typeof checks)[number]
}

function specOf(analysis: AnalysisManifest): RolloutSpec {
  const result = normalise(
    {
      metadata: { name: 'podinfo', namespace: 'test', uid: 'uid' },
      spec: {
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
        analysis: {
          interval: '10s',
          threshold: 2,
          metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }],
          ...analysis,
        },
      },
    },
    { provider: 'istio' },
  )
  assert.ok('spec' in result)
  return result.spec
}

const strategies: Readonly<Record<string, RolloutSpec>> = {
  canary: specOf({ stepWeight: 25, maxWeight: 50 }),
  'ab-testing': specOf({ iterations: 2, match: [{}] }),
  'blue-green': specOf({ iterations: 2 }),
}

function observed(spec: RolloutSpec, state: State): Observed {
  const { phase, revision, canary, primary, canaryWeight, iterations, failedChecks, check } = state
  const target: ObservedTarget = {
    ...workload('podinfo', canary),
    revision: { same: 'B', reverted: 'A', new: 'C' }[revision],
    configs: {},
  }
  const isPromoted = phase === 'Promoting' || phase === 'Finalising'
  const isResting = phase === 'Initialized' || phase === 'Succeeded'
  const hasAll = spec.strategy.kind === 'ab-testing' ? iterations > 0 : iterations > 2
  const weight = spec.strategy.kind === 'canary' ? canaryWeight : hasAll ? 100 : 0
  const routeWeight = phase === 'Finalising' ? 0 : weight
  const base: Observed = {
    now,
    pace: 'event',
    spec,
    status: {
      phase,
      canaryWeight: phase === 'Finalising' ? 0 : canaryWeight,
      iterations,
      failedChecks,
      lastAppliedSpec: 'B',
      lastPromotedSpec: isResting ? 'B' : 'A',
      trackedConfigs: {},
      stepStartedAt: anHourAgo,
      checkDueAt: check === 'early' ? new Date(now.getTime() + 5000).toISOString() : anHourAgo,
    },
    deletion: { isRequested: false, hasFinalizer: false },
    target,
    ...(primary === 'missing' ? {} : { primary: workload('podinfo-primary', primary) }),
    primaryRunsTarget:
      isPromoted || isResting || phase === '' || phase === 'Initializing'
        ? revision === 'same'
        : revision === 'reverted',
    primaryHasConfigs: true,
    parts: { services: 'current', primaryScaler: 'current', apexService: 'current', routes: 'current' },
    routes: { primaryWeight: 100 - routeWeight, canaryWeight: routeWeight, mirrored: false },
    router: { splitsTraffic: true, mirrors: true },
    answers: {},
  }
  return { ...base, answers: answersFor(base, check) }
}

function workload(name: string, state: (typeof pods)[number] | (typeof primaries)[number]): Workload {
  const desiredReplicas = state === 'zero' ? 0 : 3
  const up = state === 'ready' ? 3 : 0
  return {
    kind: 'Deployment',
    name,
    desiredReplicas,
    replicas: desiredReplicas,
    updatedReplicas: desiredReplicas,
    // A rolling update leaves pods of before; they answer while the new ones start or fail.
    availableReplicas: state === 'starting' ? 1 : up,
    isGenerationObserved: true,
    isDeadlineExceeded: state === 'broken',
  }
}

/** Answers to what the engine asks in this state. */
function answersFor(o: Observed, check: State['check']): Readonly<Record<string, Answer>> {
  const live = liveOf(o)
  if (!live || check === 'early' || check === 'unasked') return {}
  const evidence = evidenceOf(live)
  if (evidence.kind !== 'ask') return {}
  const readings = {
    passed: { kind: 'value', value: 100 },
    failed: { kind: 'value', value: 50 },
    unreachable: { kind: 'unreachable', message: 'connection refused' },
  } as const
  return Object.fromEntries(
    evidence.questions.map(q => [q.key, { kind: 'metrics', at: now, readings: [readings[check]] } as const]),
  )
}

function outcomeOf(o: Observed, decision: Decision): string {
  switch (decision.kind) {
    case 'ask':
      return `ask ${decision.questions.map(q => (q.kind === 'hooks' ? q.type : 'metrics')).join(' ')} (${decision.because.rule})`
    case 'wait':
      return `wait for ${decision.waitingOn} (${decision.because.rule})`
    case 'act': {
      const { phase, canaryWeight, iterations, failedChecks } = decision.status
      const status =
        decision.status === o.status ? 'status kept' : `${phase || '""'} ${canaryWeight} ${iterations} ${failedChecks}`
      return `${status} [${decision.actions.map(actionText).join(', ')}] (${decision.because.rule})`
    }
  }
}

function line(spec: RolloutSpec, state: State): { readonly given: readonly string[]; readonly outcome: string } {
  const o = observed(spec, state)
  return { given: [state.revision, state.canary, state.primary], outcome: outcomeOf(o, decideNoted(o)) }
}

/** Rows that differ in one column only and have the same outcome become one, when they are all its values. */
function merged(
  rows: readonly { readonly given: readonly string[]; readonly outcome: string }[],
  column: number,
  size: number,
) {
  const groups = Map.groupBy(rows, row => [...row.given.filter((_, i) => i !== column), row.outcome].join('|'))
  const done = new Set<string>()
  return rows.flatMap(row => {
    const key = [...row.given.filter((_, i) => i !== column), row.outcome].join('|')
    const group = groups.get(key) ?? []
    if (group.length < size) return [row]
    if (done.has(key)) return []
    done.add(key)
    return [{ given: row.given.map((value, i) => (i === column ? '*' : value)), outcome: row.outcome }]
  })
}

function podTable(): string[] {
  const phases: readonly Phase[] = [
    '',
    'Initializing',
    'Initialized',
    'Waiting',
    'Progressing',
    'WaitingPromotion',
    'Promoting',
    'Finalising',
    'Succeeded',
    'Failed',
  ]
  return phases.flatMap(phase => {
    const hasWeight = phase === 'Progressing' || phase === 'WaitingPromotion' || phase === 'Promoting'
    const canaryWeight = hasWeight ? (phase === 'Progressing' ? 25 : 50) : 0
    const states = revisions.flatMap(revision =>
      pods.flatMap(canary =>
        primaries.map(
          (primary): State => ({
            phase,
            revision,
            canary,
            primary,
            canaryWeight,
            iterations: 0,
            failedChecks: 0,
            check: 'passed',
          }),
        ),
      ),
    )
    const rows = states.map(state => line(strategies['canary'] as RolloutSpec, state))
    const short = merged(merged(merged(rows, 2, primaries.length), 1, pods.length), 0, revisions.length)
    return [
      '',
      `## phase ${phase || '""'}, weight ${canaryWeight}: revision, canary, primary`,
      ...short.map(({ given, outcome }) => `${given.map(value => value.padEnd(9)).join('')} -> ${outcome}`),
    ]
  })
}

function checkTable(): string[] {
  const steps: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
    canary: [
      [0, 0],
      [25, 0],
      [50, 0],
    ],
    'ab-testing': [
      [0, 0],
      [0, 1],
      [0, 2],
    ],
    'blue-green': [
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
    ],
  }
  return Object.entries(strategies).flatMap(([name, spec]) =>
    (['Progressing', 'WaitingPromotion'] as const).flatMap(phase => [
      '',
      `## ${name}, ${phase}, all pods ready: weight, iterations, failed checks, check`,
      ...(steps[name] ?? []).flatMap(([canaryWeight, iterations]) =>
        [0, 2].flatMap(failedChecks =>
          checks.map(check => {
            const state: State = {
              phase,
              revision: 'same',
              canary: 'ready',
              primary: 'ready',
              canaryWeight,
              iterations,
              failedChecks,
              check,
            }
            const given = [canaryWeight, iterations, failedChecks, check].map(value => String(value).padEnd(4)).join('')
            return `${given.padEnd(24)} -> ${line(spec, state).outcome}`
          }),
        ),
      ),
    ]),
  )
}

/** A promotion that failed before, with the canary answering all requests. */
function stuckTable(): string[] {
  const states = revisions.flatMap(revision =>
    pods.flatMap(canary =>
      primaries.map(
        (primary): State => ({
          phase: 'Failed',
          revision,
          canary,
          primary,
          canaryWeight: 100,
          iterations: 0,
          failedChecks: 0,
          check: 'unasked',
        }),
      ),
    ),
  )
  const rows = states.map(state => {
    const o = { ...observed(strategies['canary'] as RolloutSpec, state), primaryRunsTarget: state.revision === 'same' }
    return { given: [state.revision, state.canary, state.primary], outcome: outcomeOf(o, decideNoted(o)) }
  })
  const short = merged(merged(merged(rows, 2, primaries.length), 1, pods.length), 0, revisions.length)
  return [
    '',
    '## phase Failed after a failed promotion, weight 100: revision, canary, primary',
    ...short.map(({ given, outcome }) => `${given.map(value => value.padEnd(9)).join('')} -> ${outcome}`),
  ]
}

describe('the table of all transitions', () => {
  it('is as recorded; SERIN_RECORD=1 records it anew, and then each changed row is to be read', () => {
    const text = [
      '# What decide answers in every small state. Outcomes: phase, weight, iterations, failed checks [actions] (rule).',
      `# The interval is ${intervalMs / 1000} s, two failed checks end a rollout; B is applied, A was promoted before it.`,
      ...podTable(),
      ...stuckTable(),
      ...checkTable(),
      '',
    ].join('\n')
    if (process.env['SERIN_RECORD']) writeFileSync(file, text)
    assert.deepEqual(text.split('\n'), readFileSync(file, 'utf8').split('\n'))
  })
})
