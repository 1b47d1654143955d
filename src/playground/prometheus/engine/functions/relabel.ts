/** label_replace and label_join. */
import type { RE2JS } from 're2js'
import { Labels, metricName } from '../../labels.ts'
import { anchoredRe2 } from '../../matcher.ts'
import { PromqlExecutionError } from '../../promql/errors.ts'
import { isLabelName } from '../aggregate.ts'
import { distinct, type QueryContext } from '../context.ts'
import { perLabels } from '../grouping.ts'
import type { At, Vector } from '../values.ts'

/** `label_replace(v, destination, replacement, source, regex)`. */
export function labelReplace(context: QueryContext, inner: At<Vector>, texts: readonly string[]): At<Vector> {
  const [destination = '', replacement = '', source = '', pattern = ''] = texts
  const relabel = lazily(() => {
    const regex = compiled(pattern, context)
    if (!isLabelName(destination)) {
      throw new PromqlExecutionError(`invalid destination label name in label_replace(): ${destination}`)
    }
    return (labels: Labels) => {
      const match = regex.matcher(labels.get(source))
      if (!match.matches()) return labels
      const groups = namedGroups(regex)
      const groupOf = (name: string) => {
        const index = groups[name] ?? (/^\d+$/.test(name) ? Number(name) : -1)
        return index >= 0 && index <= match.groupCount() ? (match.group(index) ?? '') : ''
      }
      return labels.with(destination, expanded(replacement, groupOf))
    }
  })
  return relabelled(context, inner, destination, relabel)
}

/** `label_join(v, destination, separator, source...)`. */
export function labelJoin(context: QueryContext, inner: At<Vector>, texts: readonly string[]): At<Vector> {
  const [destination = '', separator = '', ...sources] = texts
  const relabel = lazily(() => {
    const wrong = sources.find(source => !isLabelName(source))
    if (wrong !== undefined) {
      throw new PromqlExecutionError(`invalid source label name in label_join(): ${wrong}`)
    }
    if (!isLabelName(destination)) {
      throw new PromqlExecutionError(`invalid destination label name in label_join(): ${destination}`)
    }
    return (labels: Labels) => labels.with(destination, sources.map(source => labels.get(source)).join(separator))
  })
  return relabelled(context, inner, destination, relabel)
}

function relabelled(
  context: QueryContext,
  inner: At<Vector>,
  destination: string,
  relabel: () => (labels: Labels) => Labels,
): At<Vector> {
  const changed = perLabels((labels: Labels) => relabel()(labels))
  return atMs => {
    const vector = inner(atMs)
    relabel() // a wrong argument is an error even without series
    return distinct(
      context,
      vector.map(sample => ({
        ...sample,
        labels: changed(sample.labels),
        dropName: sample.dropName && destination !== metricName,
      })),
    )
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function compiled(pattern: string, context: QueryContext): RE2JS {
  try {
    return anchoredRe2(pattern, context.dialect)
  } catch {
    throw new PromqlExecutionError(`invalid regular expression in label_replace(): ${pattern}`)
  }
}

function namedGroups(regex: RE2JS): Readonly<Record<string, number>> {
  return regex.namedGroups() as Readonly<Record<string, number>>
}

/** Replaces `$1`, `$name` and `${name}` as Go's Regexp.Expand does; `$$` is a dollar. */
function expanded(template: string, groupOf: (name: string) => string): string {
  return template.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (all, braced?: string, plain?: string) =>
    all === '$$' ? '$' : groupOf(braced ?? plain ?? ''),
  )
}

/** The labels of the element that `absent` makes up: those that the selector fixes. */
export function absentLabels(matchers: readonly { name: string; op: string; value: string }[]): Labels {
  const fixed = new Map<string, string>()
  const seen = new Set<string>()
  for (const { name, op, value } of matchers) {
    if (name === metricName) continue
    if (op === '=' && !seen.has(name)) fixed.set(name, value)
    else fixed.delete(name)
    if (op === '=') seen.add(name)
  }
  return Labels.of(fixed)
}
