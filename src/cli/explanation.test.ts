import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { answerJson, type ScriptedServer, startScriptedServer } from '../../test/support/scripted-server.ts'
import type { DecisionEntry } from '../manager/agent-decisions.ts'
import { fetchExplanation, lineOf } from './explanation.ts'

const signal = new AbortController().signal
const entry: DecisionEntry = {
  at: '2026-01-01T03:00:00.000Z',
  lastAt: '2026-01-01T03:00:00.000Z',
  times: 1,
  kind: 'wait',
  rule: 'gate',
  text: 'The gate is closed.',
  observed: {},
}

describe('the explanation of a rollout', () => {
  let server: ScriptedServer
  let status = 200
  before(async () => {
    server = await startScriptedServer((_, response) =>
      answerJson(response, { phase: 'Waiting', canaryWeight: 0, decisions: [entry] }, status),
    )
  })
  after(() => server.close())
  const aboutOf = async (code: number, message?: string) => {
    status = code
    const rollout = { engine: server.url, namespace: 'webapp', name: 'backend', ...(message ? { message } : {}) }
    return (await fetchExplanation(rollout, signal)).about
  }

  it('says how it stands', async () => {
    assert.equal(await aboutOf(200, 'old'), 'Waiting, weight 0%')
    assert.equal(server.seen.at(-1)?.url, '/api/v1/canaries/webapp/backend/decisions')
  })

  it('says what is waited for before there is a Canary', async () => {
    assert.equal(await aboutOf(404), 'there is no Canary yet')
    assert.equal(await aboutOf(404, 'waiting for the Service'), 'there is no Canary yet: waiting for the Service')
  })

  it('says which engine does not answer, or not as it should', async () => {
    assert.equal(await aboutOf(500), `its engine at ${server.url} answers 500`)
    const gone = await startScriptedServer(() => {})
    await gone.close()
    const rollout = { namespace: 'webapp', name: 'backend' }
    assert.deepEqual(await fetchExplanation({ ...rollout, engine: gone.url }, signal), {
      about: `its engine at ${gone.url} does not answer`,
    })
    assert.deepEqual(await fetchExplanation(rollout, signal), { about: 'its engine is not known' })
  })

  const lines: readonly { name: string; given: Partial<DecisionEntry>; want: string }[] = [
    { name: 'a sentence with its time', given: {}, want: '03:00:00 The gate is closed.' },
    {
      name: 'how often it was so, what it waits for and until when',
      given: {
        times: 12,
        lastAt: '2026-01-01T03:01:00.000Z',
        waitsFor: 'approval by gate',
        until: '2026-01-01T03:01:05.000Z',
      },
      want: '03:00:00 The gate is closed. (12 times, last at 03:01:00); waits for approval by gate until 03:01:05',
    },
    {
      name: 'what is done',
      given: { kind: 'act', actions: ['setRoutes 80/20', 'scaleTarget 0'] },
      want: '03:00:00 The gate is closed. -> setRoutes 80/20, scaleTarget 0',
    },
  ]
  for (const { name, given, want } of lines) {
    it(`has ${name}`, () => assert.equal(lineOf({ ...entry, ...given }), want))
  }
})
