/** Templates of pods. */
import { forbidden } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { objectAt, objectsAt, stringMapAt } from '../draft.ts'
import type { Problems } from './checks.ts'
import { checkAnnotations, checkLabels } from './labels.ts'
import { checkPodAnnotations, checkPodSpec } from './pod-spec.ts'

/** A template; the API's paths of its labels and annotations leave `metadata` out. */
export function checkPodTemplate(path: string, template: JsonObject): Problems {
  const metadata = objectAt(template, 'metadata')
  const spec = objectAt(template, 'spec')
  const annotations = stringMapAt(metadata, 'annotations')
  return [
    ...checkLabels(`${path}.labels`, stringMapAt(metadata, 'labels')),
    ...checkAnnotations(`${path}.annotations`, annotations),
    ...checkPodAnnotations(`${path}.annotations`, annotations),
    ...checkPodSpec(`${path}.spec`, spec, { isPod: false }),
    ...(objectsAt(spec, 'ephemeralContainers').length > 0
      ? [forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ]
}
