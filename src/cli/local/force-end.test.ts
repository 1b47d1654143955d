import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { it } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { identityOf } from '../../runtime/process-tree.ts'

// A process that never ends by itself, and starts one that no signal to its group reaches; its time passes faster.
const script = `
import { spawn } from 'node:child_process'
const [{ endInTime }, { scaledClock }, { systemClock }] = await Promise.all(process.argv.slice(1).map(file => import(file)))
const child = spawn('sleep', ['31622'], { detached: true, stdio: 'ignore' })
console.log(child.pid)
setInterval(() => {}, 1_000)
const stop = new AbortController()
endInTime({ err: text => process.stderr.write(text), signal: stop.signal }, scaledClock(systemClock, 40))
stop.abort()
`

it('ends a process that does not end when it should, and what it has started', { timeout: 30_000 }, async () => {
  const files = ['./force-end.ts', './scaled-clock.ts', '../../runtime/clock.ts']
  const paths = files.map(file => path.join(import.meta.dirname, file))
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>(resolve => {
    execFile(process.execPath, ['--input-type=module', '-e', script, ...paths], (error, stdout, stderr) =>
      resolve({ code: error?.code, stdout, stderr }),
    )
  })
  assert.deepEqual([code, stderr], [1, 'serin: not ended within 20 s; ended by force, with 1 processes\n'])
  await eventually('its child is gone', () => identityOf(Number(stdout)) === undefined)
})
