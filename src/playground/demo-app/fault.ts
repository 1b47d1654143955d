/** What is wrong with a bad release: how often it fails and how slow it is. */

/** Chances are 0-1, delays in milliseconds. */
export interface Fault {
  /** The share of requests that are answered with `status`. */
  readonly errorRate: number
  readonly status: number
  /** The share of requests that wait before they are answered. */
  readonly delayRate: number
  readonly delay: { readonly minMs: number; readonly maxMs: number }
}

/** A release with nothing wrong. */
export const noFault: Fault = { errorRate: 0, status: 500, delayRate: 0, delay: { minMs: 0, maxMs: 0 } }

/** What a request meets. */
export interface FaultOutcome {
  readonly delayMs: number
  /** The status to answer with instead of the right one. */
  readonly status?: number
}

/** The text of a fault is wrong; the message shows the form. */
export class FaultSyntaxError extends Error {
  override readonly name = 'FaultSyntaxError'
  readonly reason = 'FaultSyntax'

  constructor(part: string) {
    super(
      `--fault: cannot read ${JSON.stringify(part)}; write it as errors=20%,status=503,delay=200ms-800ms@50% (each part optional)`,
    )
  }
}

/** Reads `errors=PERCENT%,status=CODE,delay=MIN[-MAX][@PERCENT%]`. Throws {@link FaultSyntaxError}. */
export function parseFault(text: string): Fault {
  let fault = noFault
  for (const part of text.split(',').filter(p => p !== '')) {
    const [, name, value = ''] = /^(\w+)=(.+)$/.exec(part.trim()) ?? []
    if (name === 'errors') fault = { ...fault, errorRate: share(value, part) }
    else if (name === 'status') fault = { ...fault, status: status(value, part) }
    else if (name === 'delay') fault = { ...fault, ...delay(value, part) }
    else throw new FaultSyntaxError(part)
  }
  return fault
}

/** Draws what the next request meets. `random` gives numbers from 0 up to but without 1. */
export function drawFault(fault: Fault, random: () => number): FaultOutcome {
  const { minMs, maxMs } = fault.delay
  const delayMs = fault.delayRate > 0 && random() < fault.delayRate ? minMs + random() * (maxMs - minMs) : 0
  return fault.errorRate > 0 && random() < fault.errorRate ? { delayMs, status: fault.status } : { delayMs }
}

function delay(value: string, part: string): Pick<Fault, 'delay' | 'delayRate'> {
  const [range = '', rate] = value.split('@')
  const [from = '', to = from] = range.split('-')
  const minMs = milliseconds(from, part)
  const maxMs = milliseconds(to, part)
  if (maxMs < minMs) throw new FaultSyntaxError(part)
  return { delay: { minMs, maxMs }, delayRate: rate === undefined ? 1 : share(rate, part) }
}

function milliseconds(text: string, part: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? []
  if (digits === undefined) throw new FaultSyntaxError(part)
  return Number(digits) * (unit === 's' ? 1000 : 1)
}

function share(text: string, part: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const value = Number(digits) / (percent ? 100 : 1)
  if (digits === undefined || value > 1) throw new FaultSyntaxError(part)
  return value
}

function status(text: string, part: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 200 || value > 599) throw new FaultSyntaxError(part)
  return value
}
