/** The command line and environment of the demo app: those of podinfo that its manifests use, and `--fault`. */
import { type Fault, noFault, parseFault } from './fault.ts'

/** What the app was asked to be. Durations in milliseconds. */
export interface DemoAppOptions {
  readonly port: number
  /** Where metrics are served besides `port`; absent: on `port` only. */
  readonly metricsPort?: number
  readonly message: string
  readonly color: string
  readonly logo: string
  readonly backendUrls: readonly string[]
  readonly h2c: boolean
  /** Adds a random wait between `min` and `max` to every request. */
  readonly randomDelay?: { readonly minMs: number; readonly maxMs: number }
  /** Answers one request in three with an error, as podinfo does. */
  readonly randomError: boolean
  readonly unhealthy: boolean
  readonly unready: boolean
  readonly fault: Fault
  /** The first `startDelayMs` the app does not listen: a release that is slow to start. */
  readonly startDelayMs: number
}

/** The command line is wrong; the message names the flag. */
export class DemoAppUsageError extends Error {
  override readonly name = 'DemoAppUsageError'
  readonly reason = 'Usage'
}

/** Flags of podinfo that change nothing here: there is no gRPC, no TLS, no cache and no tracing in the demo app. */
const acceptedAndUnused = new Set([
  'grpc-port',
  'grpc-service-name',
  'level',
  'host',
  'http-client-timeout',
  'http-server-timeout',
  'server-shutdown-timeout',
  'data-path',
  'config',
  'config-path',
  'cert-path',
  'ui-path',
  'otel-service-name',
  'cache-server',
  'jwt-secret',
  'stress-cpu',
  'stress-memory',
])

/**
 * Reads flags (`--name=value`, `--name value`, `--bool`) over the environment (`PODINFO_NAME`) over podinfo's
 * defaults. Throws {@link DemoAppUsageError}.
 */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): DemoAppOptions {
  const flags = readFlags(args)
  const text = (name: string): string | undefined =>
    flags.get(name)?.at(-1) ?? env[`PODINFO_${name.toUpperCase().replaceAll('-', '_')}`]
  const bool = (name: string): boolean => text(name) !== undefined && text(name) !== 'false'
  const metricsPort = text('port-metrics') === undefined ? 0 : port('port-metrics', text('port-metrics'))
  const unitMs = text('random-delay-unit') === 'ms' ? 1 : 1000
  const fault = text('fault')
  return {
    port: port('port', text('port') ?? '9898'),
    ...(metricsPort > 0 ? { metricsPort } : {}),
    message: text('ui-message') ?? 'greetings from the Serin demo app',
    color: text('ui-color') ?? '#34577c',
    logo: text('ui-logo') ?? '',
    backendUrls: flags.get('backend-url') ?? list(env['PODINFO_BACKEND_URL']),
    h2c: bool('h2c'),
    ...(bool('random-delay')
      ? {
          randomDelay: {
            minMs: count('random-delay-min', text('random-delay-min') ?? '0') * unitMs,
            maxMs: count('random-delay-max', text('random-delay-max') ?? '5') * unitMs,
          },
        }
      : {}),
    randomError: bool('random-error'),
    unhealthy: bool('unhealthy'),
    unready: bool('unready'),
    fault: fault === undefined ? noFault : parseFault(fault),
    startDelayMs: count('start-delay', text('start-delay') ?? '0') * 1000,
  }
}

const known = new Set([
  ...acceptedAndUnused,
  'port',
  'port-metrics',
  'ui-message',
  'ui-color',
  'ui-logo',
  'backend-url',
  'h2c',
  'random-delay',
  'random-delay-min',
  'random-delay-max',
  'random-delay-unit',
  'random-error',
  'unhealthy',
  'unready',
  'fault',
  'start-delay',
])
const booleans = new Set(['h2c', 'random-delay', 'random-error', 'unhealthy', 'unready'])

function readFlags(args: readonly string[]): Map<string, string[]> {
  const flags = new Map<string, string[]>()
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    const [, name, , value] = /^--?([a-z0-9-]+)(=(.*))?$/s.exec(arg) ?? []
    if (name === undefined) throw new DemoAppUsageError(`unexpected argument ${JSON.stringify(arg)}`)
    if (!known.has(name)) throw new DemoAppUsageError(`unknown flag: --${name}`)
    const given = value ?? (booleans.has(name) ? 'true' : args[++at])
    if (given === undefined) throw new DemoAppUsageError(`flag needs an argument: --${name}`)
    flags.set(name, [...(flags.get(name) ?? []), given])
  }
  return flags
}

function port(name: string, text: string | undefined): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value
  throw new DemoAppUsageError(`--${name} must be a port from 0 to 65535, not ${JSON.stringify(text)}`)
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new DemoAppUsageError(`--${name} must be a number of at least 0, not ${JSON.stringify(text)}`)
}

function list(text: string | undefined): string[] {
  return text ? text.split(',').map(entry => entry.trim()) : []
}
