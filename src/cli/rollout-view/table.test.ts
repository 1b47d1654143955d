import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RolloutRow } from './row.ts'
import { logLineOf, tableOf } from './table.ts'

const row: RolloutRow = {
  cluster: 'kurator-member1',
  workload: 'webapp/backend',
  phase: 'Progressing',
  weight: 20,
  failedChecks: 1,
  threshold: 2,
  successPercent: 99.5,
  latencyMs: 21.4,
  message: '',
}

const longName = 'a-name-that-is-longer-than-any-terminal-is-wide-and-then-some-and-then-some-and-then-some-more'

// Rows of one workload need not follow each other.
const several: readonly RolloutRow[] = [
  row,
  { ...row, workload: 'webapp/frontend', weight: 0 },
  { ...row, cluster: 'kurator-member2', phase: 'Succeeded' },
]

describe('rollouts as text', () => {
  it('are a table where there is room', () => {
    assert.deepEqual(tableOf([row], { width: 80, colour: false }), [
      'CLUSTER         PHASE            CANARY          FAILED SUCCESS      P99',
      'kurator-member1 Progressing      ##........  20% 1/2      99.5%    21 ms',
    ])
  })

  it('are two lines each on a narrow terminal', () => {
    assert.deepEqual(tableOf([row], { width: 48, colour: false }), [
      'kurator-member1 Progressing',
      '  20% failed 1/2 ok 99.5% p99 21 ms',
    ])
  })

  it('are below the names of their workloads where there are several, in the order of the rows', () => {
    assert.deepEqual(tableOf(several, { width: 80, colour: false }), [
      'CLUSTER         PHASE            CANARY          FAILED SUCCESS      P99',
      'webapp/backend',
      'kurator-member1 Progressing      ##........  20% 1/2      99.5%    21 ms',
      'kurator-member2 Succeeded        ##........  20% 1/2      99.5%    21 ms',
      'webapp/frontend',
      'kurator-member1 Progressing      ..........   0% 1/2      99.5%    21 ms',
    ])
    assert.deepEqual(tableOf(several.slice(0, 2), { width: 48, colour: false }), [
      'webapp/backend',
      'kurator-member1 Progressing',
      '  20% failed 1/2 ok 99.5% p99 21 ms',
      'webapp/frontend',
      'kurator-member1 Progressing',
      '  0% failed 1/2 ok 99.5% p99 21 ms',
    ])
  })

  it('are never wider than the terminal', () => {
    const long = { ...row, cluster: longName, workload: `webapp/${longName}` }
    for (let width = 20; width <= 120; width += 1) {
      for (const line of tableOf([row, long], { width, colour: false })) {
        assert.ok(line.length <= width, `${width}: ${line}`)
      }
    }
  })

  it('are coloured by phase only where colours are allowed', () => {
    const coloured = tableOf([{ ...row, phase: 'Failed' }], { width: 80, colour: true }).join('\n')
    assert.ok(coloured.includes('\u001b[31mFailed'), coloured)
    assert.ok(!tableOf([row], { width: 80, colour: false }).join('\n').includes('\u001b'))
  })

  it('are one line a change in a log, without what was not measured', () => {
    assert.equal(
      logLineOf(row, [row]),
      'kurator-member1: Progressing, weight 20%, failed checks 1/2, success 99.5%, p99 21 ms',
    )
    const { successPercent: _success, latencyMs: _latency, ...unmeasured } = row
    assert.equal(logLineOf(unmeasured, [unmeasured]), 'kurator-member1: Progressing, weight 20%, failed checks 1/2')
  })

  it('name their workload in a log where there are several', () => {
    assert.deepEqual(
      several.map(each => logLineOf(each, several).split(',')[0]),
      [
        'kurator-member1 webapp/backend: Progressing',
        'kurator-member1 webapp/frontend: Progressing',
        'kurator-member2 webapp/backend: Succeeded',
      ],
    )
  })
})
