/** Structured logs: a constant message and key-value pairs, one JSON object a line. */
import type { Clock } from './clock.ts'

/** What may stand beside a message. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>

/** How much is written; each level includes those before it. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** A logger. The message is a constant; values go into the fields. */
export interface Logger {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger
}

/** Says nothing. */
export const silentLogger: Logger = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  with: () => silentLogger,
}

/** Writes JSON lines to `write`; an Error in a field becomes its message (and stack at debug level). */
export function newLogger(deps: {
  readonly clock: Clock
  readonly write: (line: string) => void
  readonly level?: LogLevel
  readonly fields?: LogFields
}): Logger {
  const limit = logLevels.indexOf(deps.level ?? 'info')
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (logLevels.indexOf(level) > limit) return
    const entry = { ts: deps.clock.now().toISOString(), level, msg: message, ...deps.fields, ...fields }
    deps.write(`${JSON.stringify(entry, limit >= 3 ? errorWithStack : errorAsMessage)}\n`)
  }
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    with: fields => newLogger({ ...deps, fields: { ...deps.fields, ...fields } }),
  }
}

function errorAsMessage(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value
}

function errorWithStack(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value
}
