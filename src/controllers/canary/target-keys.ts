/** Which Canaries are about the same target. */
import type { Canary } from '../../api/flagger/v1beta1.ts'

/**
 * Names the target of a Canary; Canaries with the same one would undo each other's work. None for a Canary without a
 * spec, which the published schema allows.
 */
export function targetKeys({
  metadata,
  spec,
}: Partial<Pick<Canary, 'spec'>> & Pick<Canary, 'metadata'>): readonly string[] {
  if (!spec) return []
  const { apiVersion, kind, name } = spec.targetRef
  return [[metadata.namespace, apiVersion.split('/')[0], kind, name].join('/')]
}
