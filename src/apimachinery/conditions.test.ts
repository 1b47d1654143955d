import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type ConditionUpdate,
  findCondition,
  isConditionFalse,
  isConditionTrue,
  readyFrom,
  withCondition,
  withoutConditions,
} from './conditions.ts'
import type { Condition } from './meta.ts'

const early = new Date('2026-01-01T00:00:00.900Z')
const late = new Date('2026-01-01T01:00:00Z')

const update: ConditionUpdate = {
  type: 'Synced',
  status: 'True',
  reason: 'Done',
  message: 'all is well',
  observedGeneration: 1,
}

const synced = withCondition(undefined, update, early)

describe('conditions', () => {
  it('a new condition carries the time in whole seconds', () => {
    assert.deepEqual(synced, [{ ...update, lastTransitionTime: '2026-01-01T00:00:00Z' }])
  })
  it('the time stays while the status stays', () => {
    const [condition] = withCondition(synced, { ...update, reason: 'StillDone', observedGeneration: 2 }, late)
    assert.deepEqual(condition, {
      ...update,
      reason: 'StillDone',
      observedGeneration: 2,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })
  })
  it('the time moves with the status', () => {
    assert.equal(
      withCondition(synced, { ...update, status: 'False' }, late)[0]?.lastTransitionTime,
      '2026-01-01T01:00:00Z',
    )
  })
  it('nothing new gives the same list', () => {
    assert.equal(withCondition(synced, update, late), synced)
    assert.equal(withoutConditions(synced, 'Other'), synced)
  })
  it('a changed condition keeps its place, a removed one is gone', () => {
    const two = withCondition(synced, { ...update, type: 'Healthy' }, early)
    const changed = withCondition(two, { ...update, status: 'Unknown' }, late)
    assert.deepEqual(
      changed.map(({ type, status }) => [type, status]),
      [
        ['Synced', 'Unknown'],
        ['Healthy', 'True'],
      ],
    )
    assert.deepEqual(
      withoutConditions(changed, 'Synced').map(({ type }) => type),
      ['Healthy'],
    )
  })
  it('are found by type', () => {
    assert.equal(findCondition(synced, 'Synced')?.reason, 'Done')
    assert.equal(isConditionTrue(synced, 'Synced'), true)
    assert.equal(isConditionTrue(undefined, 'Synced'), false)
    assert.equal(isConditionFalse(synced, 'Synced'), false)
  })
})

const condition = (type: string, status: Condition['status'], observedGeneration = 2): Condition => ({
  type,
  status,
  reason: `${type}${status}`,
  message: `${type} is ${status}`,
  observedGeneration,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

const readyCases: readonly [name: string, given: readonly Condition[], want: [string, string, string]][] = [
  ['all parts hold', [condition('A', 'True'), condition('B', 'True')], ['True', 'Ready', 'fine']],
  ['a part fails', [condition('A', 'Unknown'), condition('B', 'False')], ['False', 'BFalse', 'B is False']],
  ['a part is open', [condition('A', 'True'), condition('B', 'Unknown')], ['Unknown', 'BUnknown', 'B is Unknown']],
  ['a part is missing', [condition('A', 'True')], ['Unknown', 'Progressing', 'waiting for B']],
  [
    'a part is about an older generation',
    [condition('A', 'True', 1), condition('B', 'True')],
    ['Unknown', 'Progressing', 'waiting for A'],
  ],
]

describe('Ready', () => {
  for (const [name, given, [status, reason, message]] of readyCases) {
    it(`is ${status} when ${name}`, () => {
      assert.deepEqual(readyFrom(given, ['A', 'B'], { reason: 'Ready', message: 'fine' }, 2), {
        type: 'Ready',
        status,
        reason,
        message,
        observedGeneration: 2,
      })
    })
  }
})
