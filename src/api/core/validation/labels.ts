/** Labels, annotations and label selectors. */
import { forbidden, invalid, required, tooLong } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { objectsAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { checkLabelValue, checkQualifiedName, type Problems } from './checks.ts'

// k8s.io/apimachinery/pkg/api/validation.TotalAnnotationSizeLimitB
const annotationsMaxBytes = 256 * 1024

/** Labels: every key and every value. */
export function checkLabels(path: string, labels: Readonly<Record<string, string>>): Problems {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...checkQualifiedName(path, key),
    ...checkLabelValue(path, value),
  ])
}

/** Annotations: every key, in whatever case, and the size of all of them. */
export function checkAnnotations(path: string, annotations: Readonly<Record<string, string>>): Problems {
  const problems = Object.keys(annotations).flatMap(key =>
    checkQualifiedName(path, key.toLowerCase()).map(error => ({ ...error, ...named(path, key, error.message) })),
  )
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  )
  return bytes > annotationsMaxBytes ? [...problems, tooLong(path, annotationsMaxBytes)] : problems
}

// The error shows the key as it was given, not in lower case.
function named(path: string, key: string, message: string) {
  return invalid(path, key, message.slice(message.indexOf(': ', 'Invalid value: '.length) + 2))
}

/** A label selector, where there is one. */
export function checkLabelSelector(path: string, selector: JsonObject): Problems {
  return [
    ...checkLabels(`${path}.matchLabels`, stringMapAt(selector, 'matchLabels')),
    ...objectsAt(selector, 'matchExpressions').flatMap((requirement, i) =>
      checkRequirement(`${path}.matchExpressions[${i}]`, requirement),
    ),
  ]
}

function checkRequirement(path: string, requirement: JsonObject): Problems {
  const values = stringsAt(requirement, 'values')
  return [
    ...checkOperator(path, stringAt(requirement, 'operator'), values),
    ...checkQualifiedName(`${path}.key`, stringAt(requirement, 'key')),
    ...values.flatMap((value, i) => checkLabelValue(`${path}.values[${i}]`, value)),
  ]
}

/** Whether an operator of a selector has the values that it needs. */
export function checkOperator(path: string, operator: string, values: readonly string[]): Problems {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return []
      return [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return []
      return [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
  }
}
