/** Revisions of targets; that of an object which has not changed is not computed again. */
import { type RevisionSource, revisionOf } from '../../rollout/revision.ts'

/** Gives revisions as `revisionOf` does. */
export type Revisions = (source: RevisionSource) => string

/** Knows no revision yet. Objects out of a cache are never changed, so each has one revision for its life. */
export function newRevisions(): Revisions {
  const known = new WeakMap<object, string>()
  return source => {
    const hashed = 'template' in source ? source.template : 'spec' in source ? source.spec : undefined
    if (!hashed) return revisionOf(source)
    const existing = known.get(hashed)
    if (existing !== undefined) return existing
    const revision = revisionOf(source)
    known.set(hashed, revision)
    return revision
  }
}
