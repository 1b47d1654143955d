import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { newClosing, stepTimeoutMs } from './closing.ts'
import { newLogger } from './log.ts'

function closingWithLog() {
  const clock = new FakeClock()
  const lines: { msg: string; what: string }[] = []
  const log = newLogger({ clock, write: line => lines.push(JSON.parse(line)) })
  return { clock, closing: newClosing({ clock, log }), said: () => lines.map(({ msg, what }) => `${what}: ${msg}`) }
}

it('ends the last first, each when the one before has ended', async () => {
  const { closing, said } = closingWithLog()
  const ended: string[] = []
  const slow = Promise.withResolvers<void>()
  closing.add('first', () => ended.push('first'))
  closing.add('second', async () => {
    await slow.promise
    ended.push('second')
  })
  closing.add('third', () => ended.push('third'))
  const both = [closing.close(), closing.close()]
  await new Promise(setImmediate)
  assert.deepEqual(ended, ['third'])
  slow.resolve()
  await Promise.all(both)
  assert.deepEqual(ended, ['third', 'second', 'first'])
  assert.deepEqual(said(), [])
})

it('goes on after a step that fails and one that never ends, and names them', async () => {
  const { clock, closing, said } = closingWithLog()
  const ended: string[] = []
  closing.add('first', () => ended.push('first'))
  closing.add('patient', () => new Promise(() => {}), 2 * stepTimeoutMs)
  closing.add('hung', () => new Promise(() => {}))
  closing.add('broken', () => {
    throw new Error('no')
  })
  const closed = closing.close()
  const pass = async (ms: number) => {
    await clock.advance(ms)
    await new Promise(setImmediate)
  }
  await pass(0)
  await pass(stepTimeoutMs - 1)
  assert.deepEqual(said(), ['broken: not ended well'])
  await pass(1)
  assert.deepEqual(said(), ['broken: not ended well', 'hung: not ended in time'])
  await pass(2 * stepTimeoutMs)
  await closed
  assert.deepEqual(said().slice(2), ['patient: not ended in time'])
  assert.deepEqual(ended, ['first'])
})
