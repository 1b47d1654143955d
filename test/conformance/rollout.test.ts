import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { newRolloutContext, type RolloutCase } from './rollout/case.ts'
import { deletionCases } from './rollout/deletion.ts'
import { failureCases } from './rollout/failures.ts'
import { newNamespace, type RolloutHost, startRolloutHost } from './rollout/host.ts'
import { strategyCases } from './rollout/strategies.ts'
import { targetCases } from './rollout/targets.ts'

// Each case mostly waits for an analysis to end.
const concurrency = 6

const groups: readonly { readonly title: string; readonly cases: readonly RolloutCase[] }[] = [
  { title: 'strategies', cases: strategyCases },
  { title: 'failures', cases: failureCases },
  { title: 'deletion', cases: deletionCases },
  { title: 'targets', cases: targetCases },
]

describe('conformance of rollouts', { timeout: 900_000 }, () => {
  let host: RolloutHost
  before(async () => {
    host = await startRolloutHost()
  })
  after(() => host.close())

  for (const { title, cases } of groups) {
    describe(title, { concurrency }, () => {
      for (const [index, rollout] of cases.entries()) {
        it(rollout.name, { timeout: 300_000 }, async () => {
          const ns = `${title}-${index}`
          await newNamespace(host, ns)
          await rollout.run(newRolloutContext(host, ns))
          assert.deepEqual(
            host.judge.faults.filter(fault => fault.startsWith(`${ns}:`)),
            [],
          )
        })
      }
    })
  }
})
