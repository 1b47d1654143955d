import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ContainerLog, type LogSelection } from './container-log.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))

function logOf(...texts: readonly string[]): ContainerLog {
  const log = new ContainerLog()
  for (const [second, text] of texts.entries()) log.add({ at: at(second), text })
  return log
}

async function textsOf(log: ContainerLog, selection: Partial<LogSelection> = {}): Promise<string[]> {
  const texts: string[] = []
  const options = { follow: false, signal: new AbortController().signal, ...selection }
  for await (const { text } of log.read(options)) texts.push(text)
  return texts
}

describe('the log of a container', () => {
  const cases: readonly { name: string; selection: Partial<LogSelection>; want: string[] }[] = [
    { name: 'has all lines', selection: {}, want: ['a', 'b', 'c'] },
    { name: 'has its last lines', selection: { tailLines: 2 }, want: ['b', 'c'] },
    { name: 'has no more last lines than there are', selection: { tailLines: 9 }, want: ['a', 'b', 'c'] },
    { name: 'can leave all lines out', selection: { tailLines: 0 }, want: [] },
    { name: 'has the lines since a time', selection: { since: at(1) }, want: ['b', 'c'] },
    { name: 'counts the last lines of those since a time', selection: { since: at(1), tailLines: 1 }, want: ['c'] },
  ]
  for (const { name, selection, want } of cases) {
    it(name, async () => assert.deepEqual(await textsOf(logOf('a', 'b', 'c'), selection), want))
  }

  it('is followed to the end of the container', async () => {
    const log = logOf('a')
    const read = textsOf(log, { follow: true })
    log.add({ at: at(1), text: 'b' })
    log.close()
    assert.deepEqual(await read, ['a', 'b'])
  })

  it('is followed until the reader has enough', async () => {
    const log = logOf('a')
    const stop = new AbortController()
    const read = textsOf(log, { follow: true, signal: stop.signal })
    stop.abort()
    assert.deepEqual(await read, ['a'])
  })

  it('is at its end at once after the container ended', async () => {
    const log = logOf('a')
    log.close()
    assert.deepEqual(await textsOf(log, { follow: true }), ['a'])
  })

  it('forgets old lines and cuts long ones', async () => {
    const log = new ContainerLog()
    for (let line = 0; line < 25_000; line++) log.add({ at: at(0), text: String(line) })
    log.add({ at: at(1), text: 'x'.repeat(1024 * 1024) })
    const texts = await textsOf(log)
    assert.ok(texts.length <= 10_000)
    assert.equal(texts.at(-2), '24999')
    assert.equal(texts.at(-1)?.length, 16 * 1024)
  })
})
