/** Pieces that the schemas of several groups share. */
import type { ValidationRule } from '../apimachinery/schema.ts'
import { array, integer, map, object, oneOf, string } from '../apimachinery/schema.ts'

/** A name that is a DNS label. */
export const dnsLabelPattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'

/** A name that is a DNS subdomain. */
export const dnsSubdomainPattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'

/** A list of conditions of meta/v1 with the limits that the API's own types have. */
export const conditions = array(
  object(
    {
      lastTransitionTime: string({ format: 'date-time' }),
      message: string({ maxLength: 32768 }),
      observedGeneration: integer({ format: 'int64', minimum: 0 }),
      reason: string({ maxLength: 1024, minLength: 1, pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$' }),
      status: oneOf(['True', 'False', 'Unknown']),
      type: string({
        maxLength: 316,
        pattern:
          '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
      }),
    },
    { required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'] },
  ),
)

/** An object in the same namespace, by name. */
export const localReference = object({ name: string() }, { required: ['name'] })

/** Labels and annotations to put on something. */
export const labelsAndAnnotations = object({ annotations: map(string()), labels: map(string()) })

/** A rule of a schema with its message. */
export function rule(expression: string, message: string): ValidationRule {
  return { message, rule: expression }
}
