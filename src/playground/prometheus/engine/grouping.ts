/** Derived label sets, computed once per label set and kept by its identity. */
import { type Labels, metricName } from '../labels.ts'

/** `derive`, remembered per label set. Label sets of stored series live as long as the series. */
export function perLabels<T>(derive: (labels: Labels) => T): (labels: Labels) => T {
  const known = new WeakMap<Labels, T>()
  return labels => {
    let result = known.get(labels)
    if (result === undefined) {
      result = derive(labels)
      known.set(labels, result)
    }
    return result
  }
}

/** The labels by which an aggregation groups. */
export function groupLabels(grouping: { by: 'by' | 'without'; labels: readonly string[] }): (labels: Labels) => Labels {
  const names = new Set(grouping.labels)
  if (grouping.by === 'by') return perLabels(labels => labels.keep(names))
  names.add(metricName)
  return perLabels(labels => labels.drop(names))
}

/** The labels by which the sides of a binary operation match. */
export function matchLabels(matching: { on: boolean; labels: readonly string[] }): (labels: Labels) => Labels {
  return groupLabels({ by: matching.on ? 'by' : 'without', labels: matching.labels })
}
