/** What a `hey` or `wrk` command asks for. */
import { splitWords } from './words.ts'

/** A bounded load. Times in milliseconds. */
export interface LoadPlan {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** How many requests may be under way at once. */
  readonly connections: number
  /** Requests a second in all; absent: as fast as the connections allow. */
  readonly ratePerSecond?: number
  /** When to stop, by time, by count, or by whichever comes first. */
  readonly durationMs?: number
  readonly requests?: number
  readonly timeoutMs: number
  readonly http2: boolean
}

/** The command is one of ours but its flags are wrong. */
export class LoadCommandError extends Error {
  override readonly name = 'LoadCommandError'
  readonly reason = 'LoadCommand'
}

/** The most that one command may ask for. */
export const limits = {
  connections: 1_000,
  ratePerSecond: 50_000,
  requests: 10_000_000,
} as const

// hey's defaults: 200 requests by 50 workers, 20 s for each.
const hey = { requests: 200, workers: 50, timeoutS: 20 } as const
// wrk's defaults: 10 connections for 10 s, 2 s for each request.
const wrk = { connections: 10, durationMs: 10_000, timeoutMs: 2_000 } as const

/**
 * The plan of a `hey` or `wrk` command line; undefined if it is another command. Throws {@link LoadCommandError} for
 * wrong flags and NeedsShellError where only a shell could read the line.
 */
export function parseLoadCommand(line: string): LoadPlan | undefined {
  const program = /^\s*(?:\S*\/)?(hey|wrk2?)(?=\s|$)/.exec(line)?.[1]
  if (program === undefined) return undefined
  const args = splitWords(line).slice(1)
  return bounded(program === 'hey' ? parseHey(args) : parseWrk(args))
}

function parseHey(args: readonly string[]): LoadPlan {
  const flags = readFlags('hey', args, {
    valued: ['n', 'c', 'q', 'z', 'm', 'H', 't', 'A', 'd', 'D', 'T', 'a', 'x', 'o', 'host', 'cpus', 'U'],
    plain: ['h2', 'disable-compression', 'disable-keepalive', 'disable-redirects', 'more'],
  })
  flags.refuse({ D: 'bodies from files', x: 'a proxy of its own' })
  const connections = flags.number('c') ?? hey.workers
  const ratePerWorker = flags.number('q')
  const durationMs = flags.duration('z')
  const basic = flags.last('a')
  return {
    url: flags.url(),
    method: flags.last('m') ?? 'GET',
    headers: {
      'user-agent': flags.last('U') ?? 'hey/0.0.1',
      ...(flags.last('T') ? { 'content-type': flags.last('T') ?? '' } : {}),
      ...(flags.last('A') ? { accept: flags.last('A') ?? '' } : {}),
      ...(flags.last('host') ? { host: flags.last('host') ?? '' } : {}),
      ...(basic ? { authorization: `Basic ${Buffer.from(basic).toString('base64')}` } : {}),
      ...flags.headers('H'),
    },
    ...(flags.last('d') === undefined ? {} : { body: flags.last('d') ?? '' }),
    connections,
    ...(ratePerWorker ? { ratePerSecond: ratePerWorker * connections } : {}),
    ...(durationMs === undefined ? { requests: flags.number('n') ?? hey.requests } : { durationMs }),
    timeoutMs: (flags.number('t') ?? hey.timeoutS) * 1000,
    http2: flags.has('h2'),
  }
}

function parseWrk(args: readonly string[]): LoadPlan {
  const flags = readFlags('wrk', args, {
    valued: ['c', 'connections', 'd', 'duration', 't', 'threads', 's', 'script', 'H', 'header', 'timeout', 'R', 'rate'],
    plain: ['latency', 'L', 'U', 'u_latency'],
  })
  flags.refuse({ s: 'scripts', script: 'scripts' })
  const rate = flags.number('R', 'rate')
  return {
    url: flags.url(),
    method: 'GET',
    headers: flags.headers('H', 'header'),
    connections: flags.number('c', 'connections') ?? wrk.connections,
    ...(rate ? { ratePerSecond: rate } : {}),
    durationMs: flags.duration('d', 'duration') ?? wrk.durationMs,
    timeoutMs: flags.duration('timeout') ?? wrk.timeoutMs,
    http2: false,
  }
}

function bounded(plan: LoadPlan): LoadPlan {
  for (const name of ['connections', 'ratePerSecond', 'requests'] as const) {
    const value = plan[name]
    if (value !== undefined && (value < 1 || value > limits[name])) {
      throw new LoadCommandError(`${name} must be from 1 to ${limits[name]}, not ${value}`)
    }
  }
  return plan
}

class Flags {
  readonly #program: string
  readonly #given: ReadonlyMap<string, readonly string[]>
  readonly #rest: readonly string[]

  constructor(program: string, given: ReadonlyMap<string, readonly string[]>, rest: readonly string[]) {
    this.#program = program
    this.#given = given
    this.#rest = rest
  }

  has(name: string): boolean {
    return this.#given.has(name)
  }

  last(...names: readonly string[]): string | undefined {
    return names.flatMap(name => this.#given.get(name) ?? []).at(-1)
  }

  number(...names: readonly string[]): number | undefined {
    const text = this.last(...names)
    if (text === undefined) return undefined
    const [, digits, kilo] = /^(\d+(?:\.\d+)?)(k?)$/.exec(text) ?? []
    if (digits === undefined) throw this.#wrong(names, text, 'a number')
    return Number(digits) * (kilo ? 1000 : 1)
  }

  /** In milliseconds; `10s`, `1m30s`, `500ms`, and seconds where there is no unit. */
  duration(...names: readonly string[]): number | undefined {
    const text = this.last(...names)
    if (text === undefined) return undefined
    if (/^\d+$/.test(text)) return Number(text) * 1000
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
    if (parts.length === 0 || parts.map(part => part[0]).join('') !== text) throw this.#wrong(names, text, 'a duration')
    const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
    return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0)
  }

  headers(...names: readonly string[]): Record<string, string> {
    const lines = names.flatMap(name => this.#given.get(name) ?? [])
    return Object.fromEntries(
      lines.map(line => {
        const [, name, value] = /^([^\s:]+)\s*:\s*(.*)$/.exec(line) ?? []
        if (name === undefined) throw this.#wrong(names, line, 'a header as "Name: value"')
        return [name.toLowerCase(), value ?? '']
      }),
    )
  }

  url(): URL {
    if (this.#rest.length !== 1) {
      throw new LoadCommandError(`${this.#program} needs exactly one URL, not ${this.#rest.length}`)
    }
    const text = this.#rest[0] ?? ''
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url && /^https?:$/.test(url.protocol)) return url
    throw new LoadCommandError(`${this.#program} needs an http or https URL, not ${JSON.stringify(text)}`)
  }

  refuse(unsupported: Readonly<Record<string, string>>): void {
    for (const [name, what] of Object.entries(unsupported)) {
      if (this.has(name)) throw new LoadCommandError(`${this.#program} -${name}: ${what} are not supported here`)
    }
  }

  #wrong(names: readonly string[], text: string, what: string): LoadCommandError {
    return new LoadCommandError(`${this.#program} -${names[0]} must be ${what}, not ${JSON.stringify(text)}`)
  }
}

function readFlags(
  program: string,
  args: readonly string[],
  known: { readonly valued: readonly string[]; readonly plain: readonly string[] },
): Flags {
  const given = new Map<string, string[]>()
  const rest: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    const [, name, , inline] = /^--?([A-Za-z][\w-]*)(=(.*))?$/s.exec(arg) ?? []
    if (name === undefined) rest.push(arg)
    else if (known.plain.includes(name)) given.set(name, ['true'])
    else if (known.valued.includes(name)) given.set(name, [...(given.get(name) ?? []), inline ?? args[++at] ?? ''])
    else if (known.valued.includes(name[0] ?? '') && program === 'wrk' && !arg.startsWith('--')) {
      // wrk takes -c10 and -d30s as well.
      given.set(name[0] ?? '', [name.slice(1)])
    } else throw new LoadCommandError(`${program} does not know the flag ${arg}`)
  }
  return new Flags(program, given, rest)
}
