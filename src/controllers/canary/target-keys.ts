/** Which Canaries are about the same target. */
import type { Canary } from '../../api/flagger/v1beta1.ts'

/** Names the target of a Canary; Canaries with the same one would undo each other's work. */
export function targetKeys({ metadata, spec }: Canary): readonly string[] {
  const { apiVersion, kind, name } = spec.targetRef
  return [[metadata.namespace, apiVersion.split('/')[0], kind, name].join('/')]
}
