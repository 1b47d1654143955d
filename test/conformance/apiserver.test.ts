import { after, before, describe, it } from 'node:test'
import { type ConformanceTarget, conformanceTarget } from '../support/target.ts'
import { topics } from './apiserver/topics.ts'
import { missingFeature, runCase } from './case.ts'
import { newCaseContext } from './context.ts'

// kubectl is a process for each command: more at once only wait for each other on a small machine.
const concurrency = 4

// The slowest case waits for a real garbage collector, for at most 30 s at a time.
const caseTimeoutMs = 120_000

describe('conformance of the API', () => {
  let target: ConformanceTarget
  before(async () => {
    target = await conformanceTarget()
  })
  after(() => target.close())

  for (const topic of topics) {
    describe(topic.title, () => {
      for (const shared of [true, false]) {
        const cases = topic.cases.filter(test => (test.alone === undefined) === shared)
        describe(shared ? 'side by side' : 'one by one', { concurrency: shared ? concurrency : 1 }, () => {
          for (const test of cases) {
            it(test.name, { timeout: caseTimeoutMs }, async context => {
              const missing = missingFeature(target, test)
              if (missing) return context.skip(missing)
              const own = await newCaseContext(target)
              try {
                await runCase(test, own)
              } finally {
                await own.close()
              }
            })
          }
        })
      }
    })
  }
})
