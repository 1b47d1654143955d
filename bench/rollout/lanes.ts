/** Which measurements to take, as the command line names them. */

/** What is measured on which API, at which numbers of Canaries. */
export interface Lane {
  readonly name: LaneName
  readonly sizes: readonly number[]
}

/** `embedded`, `real`: rollouts; `growth`: many Canaries on the embedded API, at rest. */
export type LaneName = 'embedded' | 'real' | 'growth'

const defaultSizes: Readonly<Record<LaneName, readonly number[]>> = {
  embedded: [1, 100, 500, 1000],
  real: [100, 500],
  growth: [1_000, 10_000],
}

/** Reads `LANE[:N,N...]` words, a bare `N` being one of `embedded`; without words, all lanes. Throws for other words. */
export function lanesOf(words: readonly string[]): readonly Lane[] {
  if (words.length === 0)
    return (Object.keys(defaultSizes) as LaneName[]).map(name => ({ name, sizes: defaultSizes[name] })) // Its keys.
  const bare = words.filter(word => /^\d+$/.test(word)).map(Number)
  const named = words.filter(word => !/^\d+$/.test(word)).map(laneOf)
  return bare.length > 0 ? [{ name: 'embedded', sizes: [1, ...bare.filter(size => size !== 1)] }, ...named] : named
}

function laneOf(word: string): Lane {
  const [, name = '', sizes] = /^([a-z]+)(?::(\d+(?:,\d+)*))?$/.exec(word) ?? []
  if (!(name in defaultSizes)) {
    throw new Error(
      `${JSON.stringify(word)} is no lane: use embedded, real or growth, each with sizes as in real:1,100`,
    )
  }
  const lane = name as LaneName // Checked above.
  return { name: lane, sizes: sizes?.split(',').map(Number) ?? defaultSizes[lane] }
}
