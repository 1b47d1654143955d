import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { silentLogger } from '../../runtime/log.ts'
import { newBackground } from './background.ts'

const lane = (receiver: string) => ({ canary: 'test/podinfo', receiver })

describe('news in the background', () => {
  const never = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

  it('goes to each receiver in order, and one who hangs or fails holds up nobody else', async () => {
    const background = newBackground({ clock: new FakeClock(), log: silentLogger })
    const seen: string[] = []
    background.run(lane('hanging'), never)
    background.run(lane('hanging'), async () => void seen.push('never'))
    background.run(lane('failing'), () => Promise.reject(new Error('refused')))
    background.run(lane('failing'), async () => void seen.push('after a failure'))
    for (const text of ['one', 'two', 'three']) background.run(lane('well'), async () => void seen.push(text))
    await eventually('all is delivered', () => seen.length === 4)
    assert.deepEqual(seen.toSorted(), ['after a failure', 'one', 'three', 'two'])
    assert.deepEqual(
      seen.filter(text => text !== 'after a failure'),
      ['one', 'two', 'three'],
    )
    await background.close()
  })

  it('is given up after a minute, and the next goes on', async () => {
    const clock = new FakeClock()
    const background = newBackground({ clock, log: silentLogger })
    let isNext = false
    background.run(lane('hanging'), never)
    background.run(lane('hanging'), async () => {
      isNext = true
    })
    await eventually('the minute is over', async () => {
      await clock.advance(60_000)
      return isNext
    })
    await background.close()
  })

  it('is dropped where too much of it waits for one receiver', async () => {
    const background = newBackground({ clock: new FakeClock(), log: silentLogger })
    let calls = 0
    let release = () => {}
    background.run(lane('slow'), () => new Promise<void>(resolve => (release = resolve)))
    for (let i = 0; i < 100; i++) background.run(lane('slow'), async () => void calls++)
    await Promise.resolve().then(() => release())
    await eventually('the rest is delivered', () => calls === 63)
    await background.close()
  })
})
