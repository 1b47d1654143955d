/** Pods. */
import { forbidden, invalid } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, objectAt, objectsAt, stringAt, stringMapAt } from '../draft.ts'
import { checkNotNegative, type Problems } from './checks.ts'
import { checkPodAnnotations, checkPodSpec } from './pod-spec.ts'

/** A pod that is created, but for its metadata. */
export function checkNewPod(pod: JsonObject): Problems {
  const spec = objectAt(pod, 'spec')
  const gated = objectsAt(spec, 'schedulingGates').length > 0
  return [
    ...checkPod(pod),
    ...(objectsAt(spec, 'ephemeralContainers').length > 0
      ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')]
      : []),
    ...(gated && stringAt(spec, 'nodeName') !== ''
      ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]
      : []),
  ]
}

/** A pod of any age, but for its metadata. */
export function checkPod(pod: JsonObject): Problems {
  const spec = objectAt(pod, 'spec')
  return [
    ...checkPodAnnotations('metadata.annotations', stringMapAt(objectAt(pod, 'metadata'), 'annotations')),
    ...checkPodSpec('spec', spec, { isPod: true }),
    ...checkImages(spec),
    ...checkTokens(spec),
    ...checkNotNegative(spec, 'terminationGracePeriodSeconds', 'spec'),
  ]
}

/** Templates may have space around an image's name, pods may not. */
function checkImages(spec: JsonObject): Problems {
  return ['containers', 'initContainers'].flatMap(list =>
    objectsAt(spec, list).flatMap((container, i) => {
      const image = stringAt(container, 'image')
      if (image === image.trim()) return []
      return [invalid(`spec.${list}[${i}].image`, image, 'must not have leading or trailing whitespace')]
    }),
  )
}

function checkTokens(spec: JsonObject): Problems {
  if (stringAt(spec, 'serviceAccountName') !== '') return []
  return objectsAt(spec, 'volumes').flatMap((volume, i) =>
    objectsAt(objectAt(volume, 'projected'), 'sources').flatMap((source, j) =>
      has(source, 'serviceAccountToken')
        ? [
            forbidden(
              `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`,
              'must not be specified when serviceAccountName is not set',
            ),
          ]
        : [],
    ),
  )
}
