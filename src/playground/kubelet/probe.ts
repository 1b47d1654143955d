/** Probes: asks a container how it is, at its intervals, and tells when the answer changes. */
import { connect } from 'node:net'
import type { Container } from '../../api/core/core-v1.ts'
import { type Clock, machineClock } from '../../runtime/clock.ts'
import { request } from '../../runtime/node-http.ts'
import type { ContainerHandle } from './container.ts'

/** A probe of a container's spec. */
export type Probe = NonNullable<Container['readinessProbe']>

/** What a probe found once. */
export interface ProbeResult {
  readonly ok: boolean
  /** What was wrong, as the kubelet's events say it. */
  readonly output: string
}

/** What probing needs. */
export interface ProbeTarget {
  readonly address: string
  readonly ports: Container['ports']
  readonly handle: ContainerHandle
}

/**
 * Probes until `signal` aborts. `onResult` hears of each result with whether its threshold is reached in a row:
 * `settled` is the verdict then, and absent before.
 */
export async function runProbe(
  deps: { readonly clock: Clock },
  probe: Probe,
  target: ProbeTarget,
  onResult: (result: ProbeResult, settled: boolean | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe
  await deps.clock.sleep(initialDelaySeconds * 1000, signal)
  let inARow = 0
  let last: boolean | undefined
  for (;;) {
    const result = await probeOnce(deps.clock, probe, target, signal)
    if (signal.aborted) return
    inARow = result.ok === last ? inARow + 1 : 1
    last = result.ok
    onResult(result, inARow >= (result.ok ? successThreshold : failureThreshold) ? result.ok : undefined)
    await deps.clock.sleep(periodSeconds * 1000, signal)
  }
}

async function probeOnce(clock: Clock, probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  const limit = new AbortController()
  const cancel = machineClock(clock).setTimer(() => limit.abort(new Error('context deadline exceeded')), timeoutMs)
  try {
    return await ask(probe, target, AbortSignal.any([signal, limit.signal]))
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) }
  } finally {
    cancel()
  }
}

async function ask(probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
  if (probe.exec) {
    const { code, output } = await target.handle.exec(probe.exec.command ?? [], signal)
    return { ok: code === 0, output }
  }
  if (probe.httpGet) return httpGet(probe.httpGet, target, signal)
  if (probe.tcpSocket) {
    await tcpConnect(probe.tcpSocket.host ?? target.address, portOf(probe.tcpSocket.port, target), signal)
    return { ok: true, output: '' }
  }
  return { ok: true, output: '' }
}

/** A container's lifecycle and probe requests over HTTP: 200 to 399 is success (kubelet). */
export function httpGet(
  get: NonNullable<Probe['httpGet']>,
  target: Pick<ProbeTarget, 'address' | 'ports'>,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const headers = Object.fromEntries((get.httpHeaders ?? []).map(({ name, value }) => [name, value]))
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: get.host ?? target.address,
        port: portOf(get.port, target),
        path: get.path ?? '/',
        headers: { 'user-agent': 'kube-probe/1.36', ...headers },
        agent: false,
        signal,
      },
      response => {
        response.resume()
        const status = response.statusCode ?? 0
        const ok = status >= 200 && status < 400
        resolve({ ok, output: ok ? '' : `HTTP probe failed with statuscode: ${status}` })
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function tcpConnect(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const abort = () => socket.destroy(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
    socket.once('close', () => signal.removeEventListener('abort', abort))
  })
}

function portOf(port: number | string, target: Pick<ProbeTarget, 'ports'>): number {
  const named = target.ports?.find(candidate => candidate.name === port)?.containerPort
  const number = named ?? Number(port)
  if (Number.isInteger(number) && number > 0) return number
  throw new Error(`the container has no port named ${JSON.stringify(port)}`)
}
