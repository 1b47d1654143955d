/** How the elements of two vectors find each other. */
import type { Labels } from '../labels.ts'
import { type Binary, isComparison } from '../promql/ast.ts'
import { PromqlExecutionError } from '../promql/errors.ts'
import type { QueryContext } from './context.ts'
import { matchLabels, perLabels } from './grouping.ts'
import type { Sample, Vector } from './values.ts'

/** The result for a pair of values, in the order in which the query has them; undefined keeps the pair out. */
export type PairOperation = (left: number, right: number) => number | undefined

/** One-to-one, many-to-one and one-to-many matching, by the rules of "Vector matching" in the documentation. */
export function vectorMatching(
  context: QueryContext,
  binary: Binary,
  operation: PairOperation,
): (left: Vector, right: Vector) => Vector {
  const { cardinality } = binary.matching
  const signature = matchLabels(binary.matching)
  const resultOf = resultLabels(context, binary)
  const swapped = cardinality === 'one-to-many'
  const dropName = context.delayedNames && binary.bool
  return (left, right) => {
    if (left.length === 0 || right.length === 0) return []
    const many = swapped ? right : left
    const one = indexed(swapped ? left : right, signature, swapped ? 'left' : 'right')
    const matched = new Set<string>()
    const out: Sample[] = []
    for (const sample of many) {
      const { key } = signature(sample.labels)
      const partner = one.get(key)
      if (!partner) continue
      const labels = resultOf(sample.labels, partner.labels)
      claim(matched, cardinality === 'one-to-one', key, labels)
      const value = swapped ? operation(partner.value, sample.value) : operation(sample.value, partner.value)
      if (value !== undefined) out.push({ labels, value, dropName })
    }
    return out
  }
}

function indexed(vector: Vector, signature: (labels: Labels) => Labels, side: 'left' | 'right'): Map<string, Sample> {
  const byKey = new Map<string, Sample>()
  for (const sample of vector) {
    const group = signature(sample.labels)
    const earlier = byKey.get(group.key)
    if (earlier) {
      const [first, second] = [earlier.labels.toString(), sample.labels.toString()].sort()
      throw new PromqlExecutionError(
        `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ` +
          `[${first}, ${second}];many-to-many matching not allowed: matching labels must be unique on one side`,
      )
    }
    byKey.set(group.key, sample)
  }
  return byKey
}

/** Takes a place in the result. Throws when it is taken already. */
function claim(taken: Set<string>, oneToOne: boolean, key: string, labels: Labels): void {
  const place = oneToOne ? key : `${key}\ud802${labels.key}`
  if (taken.has(place)) {
    const how = oneToOne
      ? 'many-to-one matching must be explicit (group_left/group_right)'
      : 'grouping labels must ensure unique matches'
    throw new PromqlExecutionError(`multiple matches for labels: ${how}`)
  }
  taken.add(place)
}

/** The labels of a result element, from the many side's and the one side's. */
function resultLabels(context: QueryContext, { op, bool, matching }: Binary): (many: Labels, one: Labels) => Labels {
  const names = new Set(matching.labels)
  const dropsName = !isComparison(op) || (bool && !context.delayedNames)
  const base = perLabels((many: Labels) => {
    const named = dropsName ? many.nameless : many
    if (matching.cardinality !== 'one-to-one') return named
    return matching.on ? named.keep(names) : named.drop(names)
  })
  if (matching.include.length === 0) return base
  const including = perLabels((many: Labels) =>
    perLabels((one: Labels) => matching.include.reduce((labels, name) => labels.with(name, one.get(name)), base(many))),
  )
  return (many, one) => including(many)(one)
}
