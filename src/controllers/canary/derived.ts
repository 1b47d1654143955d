/** What follows from a part of an object alone. Objects of a cache are never changed, so it is computed once for its life. */
import type { CheckKind, MetricCheck } from '../../analysis/check.ts'
import type { RenderedQuery } from '../../analysis/query.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import { copyId } from '../../rollout/primary/pod-template.ts'
import { type RevisionSource, revisionOf } from '../../rollout/revision.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import type { Router } from '../../router/router.ts'

/** A Canary's spec as the engine reads it, and the router of its provider. */
export interface DerivedSpec {
  readonly spec: RolloutSpec
  readonly router: Router
}

/** Gives what was computed before. */
export interface Derived {
  /** The result of `revisionOf`. */
  revision(source: RevisionSource): string
  /** The result of `copyId` for that target. */
  copyId(source: RevisionSource, configs: Readonly<Record<string, string>>): string
  /** The result of `read` for the Canary's spec, which depends on nothing else that changes; what it throws is not kept. */
  spec(canary: Canary, read: () => DerivedSpec): DerivedSpec
  /** The query of a check of such a spec, where it follows from that spec alone. */
  query(metric: MetricCheck, kind: CheckKind, render: () => RenderedQuery): RenderedQuery
}

/** Nothing was computed yet. */
export function newDerived(): Derived {
  const revisions = new WeakMap<object, string>()
  const plainCopies = new WeakMap<object, string>()
  const specs = new WeakMap<object, DerivedSpec>()
  const queries = new WeakMap<MetricCheck, Map<CheckKind, RenderedQuery>>()
  const revision = (source: RevisionSource) => once(revisions, partOf(source), () => revisionOf(source))
  return {
    revision,
    copyId(source, configs) {
      const made = () => copyId(revision(source), configs)
      return Object.keys(configs).length > 0 ? made() : once(plainCopies, partOf(source), made)
    },
    spec: ({ spec }, read) => once(specs, spec, read),
    query(metric, kind, render) {
      const ofMetric = once(queries, metric, () => new Map())
      const existing = ofMetric.get(kind)
      if (existing) return existing
      const made = render()
      ofMetric.set(kind, made)
      return made
    },
  }
}

function partOf(source: RevisionSource): object | undefined {
  return 'template' in source ? source.template : 'spec' in source ? source.spec : undefined
}

function once<V>(known: WeakMap<object, V>, part: object | undefined, make: () => V): V {
  const existing = part && known.get(part)
  if (existing !== undefined) return existing
  const made = make()
  if (part) known.set(part, made)
  return made
}
