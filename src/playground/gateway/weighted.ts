/** Chooses among weighted values by chance. */

/** Gives a value for a number from 0 up to but without 1. */
export type Picker<T> = (chance: number) => T | undefined

/** A picker in which each value has its weight's share of the chances; undefined where all weights are 0. */
export function weightedPicker<T>(values: readonly { readonly weight: number; readonly value: T }[]): Picker<T> {
  const able = values.filter(entry => entry.weight > 0)
  const [only] = able
  if (able.length <= 1) return () => only?.value
  const total = able.reduce((sum, entry) => sum + entry.weight, 0)
  let sum = 0
  const bounds = able.map(entry => {
    sum += entry.weight
    return { below: sum / total, value: entry.value }
  })
  const last = able.at(-1)?.value
  return chance => {
    for (const { below, value } of bounds) if (chance < below) return value
    return last
  }
}
