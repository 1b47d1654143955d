/** Named checks behind /healthz and /readyz, in the form that kubectl and probes know from the API server. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import { sendText } from './http-server.ts'

/** Says what is wrong; undefined when all is well. A throw counts as wrong, too. */
export type HealthCheck = (signal: AbortSignal) => string | undefined | Promise<string | undefined>

/** Checks by their names. */
export interface Health {
  /** Whether the process works at all; a failure has it restarted. */
  readonly live: Readonly<Record<string, HealthCheck>>
  /** Whether it can do its work now; a failure takes traffic away. */
  readonly ready: Readonly<Record<string, HealthCheck>>
}

/** A probe's default timeout is one second; a check that takes longer has failed anyway. */
const checkTimeoutMs = 1_000

/**
 * Answers /healthz, /livez, /readyz and each check below them (/readyz/NAME); false where the path is another.
 * `?verbose` lists the checks also when all is well.
 */
export async function answerHealth(
  health: Health,
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const [, path = '', name] = url.pathname.split('/')
  const checks = path === 'readyz' ? health.ready : path === 'healthz' || path === 'livez' ? health.live : undefined
  if (!checks) return false
  const chosen = Object.entries(checks).filter(([key]) => name === undefined || key === name)
  if (name !== undefined && chosen.length === 0) {
    sendText(response, 404, `there is no check ${JSON.stringify(name)}\n`)
    return true
  }
  const results = await Promise.all(chosen.map(async ([key, check]) => ({ key, wrong: await run(check, clock) })))
  const ok = results.every(result => result.wrong === undefined)
  const lines = results.map(({ key, wrong }) => (wrong === undefined ? `[+]${key} ok` : `[-]${key} failed: ${wrong}`))
  const verdict = `${path} check ${ok ? 'passed' : 'failed'}`
  const brief = ok && !url.searchParams.has('verbose')
  sendText(response, ok ? 200 : 500, brief ? 'ok' : `${[...lines, verdict].join('\n')}\n`)
  return true
}

async function run(check: HealthCheck, clock: Clock): Promise<string | undefined> {
  const deadline = withDeadline(clock, checkTimeoutMs)
  try {
    const late = new Promise<string>(resolve =>
      deadline.signal.addEventListener('abort', () => resolve(`no answer within ${checkTimeoutMs} ms`)),
    )
    return await Promise.race([check(deadline.signal), late])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    deadline.clear()
  }
}
