import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Act, Announcement, Ask, Wait } from '../../rollout/decision.ts'
import { normalise } from '../../rollout/normalise.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import { newMetricRegistry } from '../../runtime/metrics.ts'
import { newDecisionLog } from './decision-log.ts'
import { newDependents } from './dependents.ts'
import { newWaitNews } from './news.ts'
import { newRecorder } from './recorder.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))

function wait(changes: Partial<Wait> = {}, rule = 'closed-gate'): Wait {
  return {
    kind: 'wait',
    waitingOn: 'approval',
    announce: [{ kind: 'event', type: 'Warning', message: 'closed' }],
    because: { rule, text: 'The gate is closed.', observed: {} },
    ...changes,
  }
}

describe('the metrics of a Canary that has gone', () => {
  it('go with it, and those of a namespace with its last Canary', () => {
    const registry = newMetricRegistry()
    const recorder = newRecorder(registry, { version: 'v', meshProvider: 'istio' })
    const about = (name: string): RolloutSpec => {
      const result = normalise(
        {
          metadata: { name: `${name}-canary`, namespace: 'test', uid: name },
          spec: {
            targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
            analysis: { interval: '10s', threshold: 1, stepWeight: 10 },
          },
        },
        { provider: 'istio' },
      )
      assert.ok('spec' in result)
      return result.spec
    }
    for (const spec of [about('one'), about('two')]) {
      recorder.setStatus(spec, 'Succeeded')
      recorder.setWeight(spec, { primary: 100, canary: 0 })
      recorder.setMetric(spec, 'request-success-rate', 100)
      recorder.countEnd(spec, 'success', 'completed')
      recorder.observeDuration(spec, 5)
    }
    recorder.setTotal('test', 2)
    recorder.forget('test/one-canary')
    recorder.setTotal('test', 0)
    const names = registry.text().match(/(?:name|workload)="[^"]*"|flagger_canary_total\{/g) ?? []
    assert.deepEqual([...new Set(names)].sort(), ['name="two"', 'workload="two"', 'workload="two-primary"'])
  })
})

describe('the decision log', () => {
  it('counts a wait that is decided on again, and keeps when it began', () => {
    const log = newDecisionLog()
    for (const seconds of [0, 1, 2]) log.add('a/b', at(seconds), wait())
    assert.deepEqual(
      log.list('a/b').map(({ times, at: since, lastAt }) => ({ times, since, lastAt })),
      [{ times: 3, since: at(0).toISOString(), lastAt: at(2).toISOString() }],
    )
  })

  const linesOf = (log: ReturnType<typeof newDecisionLog>) =>
    log.list('a/b').map(({ kind, text, times, until }) => ({ kind, text, times, ...(until ? { until } : {}) }))
  const ask: Ask = { kind: 'ask', questions: [], because: { rule: 'check', text: 'It is asked.', observed: {} } }
  const raise: Act = {
    kind: 'act',
    actions: [],
    status: { phase: 'Progressing', canaryWeight: 10, failedChecks: 0, iterations: 0 },
    announce: [],
    because: { rule: 'raise', text: 'The weight goes up.', observed: {} },
    requeueAt: at(0),
  }

  it('counts what is asked again and waited for again, so that hours of it leave what came before', () => {
    const log = newDecisionLog()
    log.add('a/b', at(0), raise)
    for (let seconds = 1; seconds < 60; seconds++) {
      log.add('a/b', at(seconds), ask)
      const because = { rule: 'no-metrics', text: 'Nobody answers.', observed: {}, until: at(seconds + 1) }
      log.add('a/b', at(seconds), wait({ because }))
    }
    assert.deepEqual(linesOf(log), [
      { kind: 'act', text: 'The weight goes up.', times: 1 },
      { kind: 'ask', text: 'It is asked.', times: 1 },
      { kind: 'wait', text: 'Nobody answers.', times: 59, until: at(60).toISOString() },
    ])
    log.add('a/b', at(61), ask)
    assert.equal(linesOf(log).at(-1)?.kind, 'ask')
  })

  it('counts what is written down and waited for in the same words once', () => {
    const log = newDecisionLog()
    const because = { rule: 'no-metrics', text: 'Nobody answers.', observed: {} }
    log.add('a/b', at(0), { ...raise, because })
    log.add('a/b', at(1), wait({ because }))
    log.add('a/b', at(2), ask)
    log.add('a/b', at(3), { ...raise, because })
    assert.deepEqual(linesOf(log), [{ kind: 'act', text: 'Nobody answers.', times: 3 }])
  })

  it('counts a step that fails again and again', () => {
    const log = newDecisionLog()
    for (let seconds = 0; seconds < 60; seconds++) {
      log.add('a/b', at(seconds), raise)
      log.addError('a/b', at(seconds), 'raise', 'It is forbidden.')
    }
    assert.deepEqual(linesOf(log), [
      { kind: 'act', text: 'The weight goes up.', times: 1 },
      { kind: 'error', text: 'It is forbidden.', times: 60 },
    ])
  })

  it('keeps the last 50 of each Canary', () => {
    const log = newDecisionLog()
    for (let i = 0; i < 60; i++) log.addError('a/b', at(i), 'rule', `problem ${i}`)
    assert.equal(log.list('a/b').length, 50)
    assert.equal(log.list('a/b').at(-1)?.text, 'problem 59')
    log.forget('a/b')
    assert.deepEqual(log.list('a/b'), [])
  })
})

describe('what a wait says', () => {
  const says = (message: string): Announcement => ({ kind: 'event', type: 'Warning', message })

  it('is said once, and something else once an interval', () => {
    const news = newWaitNews()
    assert.deepEqual(news.of('k', wait({ announce: [says('one')] }), 0, 1_000), [says('one')])
    assert.deepEqual(news.of('k', wait({ announce: [says('one')] }), 5_000, 1_000), [])
    assert.deepEqual(news.of('k', wait({ announce: [says('two')] }), 6_000, 1_000), [says('two')])
    assert.deepEqual(news.of('k', wait({ announce: [says('three')] }), 6_500, 1_000), [])
  })

  it('is said again by another wait, and after a step', () => {
    const news = newWaitNews()
    news.of('k', wait(), 0, 1_000)
    assert.equal(news.of('k', wait({}, 'another'), 1, 1_000).length, 1)
    news.reset('k')
    assert.equal(news.of('k', wait({}, 'another'), 2, 1_000).length, 1)
  })

  it('waits an interval for pods, which are on their way after every step', () => {
    const news = newWaitNews()
    const pods = wait({ waitingOn: 'canary', announce: [says('0 of 1')], requeueAt: at(1) })
    assert.deepEqual(news.of('k', pods, 0, 1_000), [])
    assert.deepEqual(news.of('k', pods, 500, 1_000), [])
    assert.deepEqual(news.of('k', pods, 1_000, 1_000), [says('0 of 1')])
  })
})

describe('dependents', () => {
  const look = (moment: number, ...keys: string[]) => ({ reads: new Map(keys.map(key => [key, undefined])), moment })

  it('are those whose last look read the object', () => {
    const dependents = newDependents()
    dependents.replace('a', look(1, 'x', 'y'))
    dependents.replace('b', look(1, 'y'))
    assert.deepEqual([...dependents.changed('y', 2)], ['a', 'b'])
    dependents.replace('a', look(2, 'x'))
    assert.deepEqual([...dependents.changed('y', 3)], ['b'])
    dependents.forget('b')
    assert.deepEqual([...dependents.changed('y', 4)], [])
  })

  it('are not those who have looked at it since', () => {
    const dependents = newDependents()
    dependents.replace('writer', look(5, 'x'))
    dependents.replace('other', look(4, 'x'))
    assert.deepEqual([...dependents.changed('x', 5)], ['other'])
  })

  it('hear at the end of work of what changed after its last look', async () => {
    const dependents = newDependents()
    const missed: string[] = []
    const work = (run: () => Promise<void>) => dependents.during('a', run, () => missed.push('a'))
    await work(async () => {
      dependents.replace('a', look(1, 'x'))
      assert.deepEqual([...dependents.changed('x', 2)], [])
      dependents.replace('a', look(2, 'x'))
    })
    assert.deepEqual(missed, [])
    await work(async () => {
      dependents.replace('a', look(3, 'x'))
      assert.deepEqual([...dependents.changed('x', 4)], [])
      // An echo of what the last look saw does not hide what came before it.
      assert.deepEqual([...dependents.changed('x', 2)], [])
    })
    assert.deepEqual(missed, ['a'])
    assert.deepEqual([...dependents.changed('x', 5)], ['a'])
  })

  it('hear of it also where the work fails', async () => {
    const dependents = newDependents()
    let isMissed = false
    const work = async () => {
      dependents.replace('a', look(1, 'x'))
      dependents.changed('x', 2)
      throw new Error('refused')
    }
    await assert.rejects(
      dependents.during('a', work, () => {
        isMissed = true
      }),
      /refused/,
    )
    assert.ok(isMissed)
  })
})
