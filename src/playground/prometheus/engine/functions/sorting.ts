/** Functions that order a vector. They have no effect in a range query, whose result is always ordered by labels. */
import { compareLabels } from '../../labels.ts'
import type { Call } from '../../promql/ast.ts'
import type { QueryContext } from '../context.ts'
import { compareNanLast } from '../top.ts'
import type { At, Vector } from '../values.ts'

/** `sort` and `sort_desc`; NaN comes last. */
export function sortByValue(context: QueryContext, call: Call, inner: At<Vector>, ascending: boolean): At<Vector> {
  return atMs => {
    remark(context, call)
    return inner(atMs).toSorted((a, b) => compareNanLast(a, b, ascending ? 1 : -1))
  }
}

/** `sort_by_label` and `sort_by_label_desc`: by the labels' values in natural order, then by all labels. */
export function sortByLabel(
  context: QueryContext,
  call: Call,
  inner: At<Vector>,
  names: readonly string[],
  ascending: boolean,
): At<Vector> {
  const sign = ascending ? 1 : -1
  return atMs => {
    remark(context, call)
    return inner(atMs).toSorted((a, b) => {
      for (const name of names) {
        const order = compareNaturally(a.labels.get(name), b.labels.get(name))
        if (order !== 0) return sign * order
      }
      return sign * compareLabels(a.labels, b.labels)
    })
  }
}

function remark(context: QueryContext, call: Call): void {
  if (!context.isRange) return
  const ineffective = 'sort is ineffective for range queries since results are always ordered by labels'
  context.annotations.warn(ineffective, call.position)
}

/** Runs of digits compare as numbers: `a2` before `a10`. */
function compareNaturally(a: string, b: string): number {
  const [left, right] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]]
    const bothNumbers = /^\d/.test(x) && /^\d/.test(y)
    if (bothNumbers && Number(x) !== Number(y)) return Number(x) - Number(y)
    if (!bothNumbers && x !== y) return x < y ? -1 : 1
  }
  return left.length - right.length
}
