/** What the options of several commands have in common. */
import { InvalidArgumentError, Option } from 'commander'

/** `--dir`, of every command that works on local clusters. */
export const dirOption = () =>
  new Option('--dir <dir>', 'where the local clusters are kept (default: $SERIN_DIR, else ~/.local/state/serin)')

/** A number of lines, as an option takes it. */
export function lines(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 1_000_000) return value
  throw new InvalidArgumentError('It must be a number of lines.')
}

/** A switch, as Go's strconv.ParseBool reads it. */
export function goBoolean(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw new InvalidArgumentError('It must be true or false.')
}

/** A port. */
export function port(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value
  throw new InvalidArgumentError('It must be a port from 0 to 65535.')
}

/** The examples below the help of a command. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map(line => `  ${line}`).join('\n')}\n`
}

/** An option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** A factor. */
export function positive(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= 1000) return value
  throw new InvalidArgumentError('It must be a number above 0 and at most 1000.')
}

/** A share. */
export function percent(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 100) return value
  throw new InvalidArgumentError('It must be a number from 0 to 100.')
}

/** A number of things. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0 && value <= 10_000) return value
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.')
}

/** A duration as Go writes it, in milliseconds. Throws CliError. */
export async function durationMs(option: string, text: string): Promise<number> {
  const { tryParseDuration } = await import('../../apimachinery/duration.ts')
  const ms = tryParseDuration(text)
  if (ms !== undefined && ms >= 0) return ms
  const { CliError } = await import('../errors.ts')
  throw new CliError('usage', `${option} ${JSON.stringify(text)} is no duration; write 30s, 1m30s or 1h`)
}
