import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Job } from '../../api/core/batch-v1.ts'
import type { Pod } from '../../api/core/core-v1.ts'
import {
  backoffMs,
  countPods,
  indexKey,
  indexRanges,
  isComplete,
  msUntilExpired,
  podsToStart,
  templateOfIndex,
} from './job-plan.ts'

type Spec = Partial<NonNullable<Job['spec']>>
type Phase = 'Running' | 'Succeeded' | 'Failed'

const now = new Date('2026-01-01T00:10:00Z')
const job = (spec: Spec, status: Job['status'] = {}): Job => ({
  metadata: { name: 'count', namespace: 'test' },
  spec: { template: {}, ...spec },
  status,
})
function pod(phase: Phase, { index, endedAgoS = 0 }: { index?: number; endedAgoS?: number } = {}): Pod {
  const finishedAt = new Date(now.getTime() - endedAgoS * 1000).toISOString()
  return {
    metadata: {
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(index === undefined ? {} : { annotations: { [indexKey]: String(index) } }),
    },
    status: {
      phase,
      ...(phase === 'Running'
        ? {}
        : {
            containerStatuses: [
              {
                name: 'main',
                image: '',
                imageID: '',
                ready: false,
                restartCount: 0,
                state: { terminated: { exitCode: 0, finishedAt } },
              },
            ],
          }),
    },
  }
}

describe('the pods that a Job starts', () => {
  const indexed = { completionMode: 'Indexed', completions: 4, parallelism: 2 } as const
  const cases: readonly {
    name: string
    spec: Spec
    pods: readonly Pod[]
    start: readonly (number | undefined)[]
    complete?: boolean
  }[] = [
    {
      name: 'are as many as may run together',
      spec: { completions: 3, parallelism: 2 },
      pods: [],
      start: [undefined, undefined],
    },
    {
      name: 'are no more than are missing',
      spec: { completions: 3, parallelism: 2 },
      pods: [pod('Succeeded'), pod('Succeeded')],
      start: [undefined],
    },
    { name: 'are none where enough run', spec: { completions: 3, parallelism: 1 }, pods: [pod('Running')], start: [] },
    {
      name: 'are none when the work is done',
      spec: { completions: 1, parallelism: 1 },
      pods: [pod('Succeeded')],
      start: [],
      complete: true,
    },
    {
      name: 'are all at once where nobody says how many must succeed',
      spec: { parallelism: 3 },
      pods: [pod('Running')],
      start: [undefined, undefined],
    },
    {
      name: 'are none after the first success of such a Job',
      spec: { parallelism: 2 },
      pods: [pod('Succeeded'), pod('Running')],
      start: [],
    },
    {
      name: 'complete such a Job when the last has ended',
      spec: { parallelism: 2 },
      pods: [pod('Succeeded'), pod('Failed')],
      start: [],
      complete: true,
    },
    {
      name: 'have the lowest free indexes',
      spec: indexed,
      pods: [pod('Succeeded', { index: 1 }), pod('Running', { index: 0 })],
      start: [2],
    },
    { name: 'take an index again that failed', spec: indexed, pods: [pod('Failed', { index: 0 })], start: [0, 1] },
    {
      name: 'count an index once',
      spec: { ...indexed, completions: 2 },
      pods: [pod('Succeeded', { index: 1 }), pod('Succeeded', { index: 1 })],
      start: [0],
    },
  ]
  for (const { name, spec, pods, start, complete = false } of cases) {
    it(name, () => {
      const counted = countPods(job(spec), pods)
      assert.deepEqual(podsToStart(job(spec), counted), start)
      assert.equal(isComplete(job(spec), counted), complete)
    })
  }
})

describe('the wait after a failure', () => {
  const cases: readonly { name: string; pods: readonly Pod[]; waitS: number }[] = [
    { name: 'is none without one', pods: [pod('Succeeded'), pod('Running')], waitS: 0 },
    { name: 'is ten seconds from its end', pods: [pod('Failed', { endedAgoS: 3 })], waitS: 7 },
    { name: 'doubles', pods: [pod('Failed', { endedAgoS: 30 }), pod('Failed', { endedAgoS: 1 })], waitS: 19 },
    { name: 'is over', pods: [pod('Failed', { endedAgoS: 10 })], waitS: 0 },
    {
      name: 'starts again after a success',
      pods: [pod('Failed', { endedAgoS: 30 }), pod('Succeeded', { endedAgoS: 20 })],
      waitS: 0,
    },
    { name: 'is ten minutes at most', pods: Array.from({ length: 20 }, () => pod('Failed')), waitS: 600 },
  ]
  for (const { name, pods, waitS } of cases) it(name, () => assert.equal(backoffMs(pods, now), waitS * 1000))
})

describe('a Job that is over', () => {
  const ended: Job['status'] = {
    conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: '2026-01-01T00:09:50Z' }],
  }
  it('stays for ever without a time to live', () => assert.equal(msUntilExpired(job({}, ended), now), undefined))
  it('stays for its time to live', () =>
    assert.equal(msUntilExpired(job({ ttlSecondsAfterFinished: 15 }, ended), now), 5_000))
  it('goes when that has passed', () =>
    assert.equal(msUntilExpired(job({ ttlSecondsAfterFinished: 0 }, ended), now), 0))
  it('must be over', () => assert.equal(msUntilExpired(job({ ttlSecondsAfterFinished: 0 }), now), undefined))
})

describe('an index', () => {
  it('is in the labels, the annotations and the environment of its pod', () => {
    const own = { name: 'own', env: [{ name: 'JOB_COMPLETION_INDEX', value: 'mine' }] }
    const { metadata, spec } = templateOfIndex(
      { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'main' }, own] } },
      3,
    )
    assert.deepEqual(metadata, { labels: { app: 'a', [indexKey]: '3' }, annotations: { [indexKey]: '3' } })
    assert.deepEqual(spec?.containers, [{ name: 'main', env: [{ name: 'JOB_COMPLETION_INDEX', value: '3' }] }, own])
  })

  for (const { indexes, want } of [
    { indexes: [], want: '' },
    { indexes: [0, 1], want: '0,1' },
    { indexes: [0, 2, 3, 4, 7], want: '0,2-4,7' },
  ]) {
    it(`is listed as ${JSON.stringify(want)}`, () => assert.equal(indexRanges(indexes), want))
  }
})
