/** Waiting in tests: for a condition, never for a time. */
import { setTimeout as delay } from 'node:timers/promises'

/** Resolves as soon as `check` gives something other than false or undefined; rejects after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  check: () => T | false | undefined | Promise<T | false | undefined>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const result = await check()
    if (result !== false && result !== undefined) return result
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await delay(5)
  }
}
