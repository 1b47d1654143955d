/** Pieces that the kinds of Istio share. */
import { array, atMostOne, integer, intOrString, map, object, oneOf, string } from '../../apimachinery/schema.ts'
import { rule } from '../common.ts'

/** A duration that Istio accepts. */
export const duration = string({
  'x-kubernetes-validations': [rule("duration(self) >= duration('1ms')", 'must be a valid duration greater than 1ms')],
})

/** An unsigned integer of 32 bits. */
export const uint32 = integer({ maximum: 4294967295, minimum: 0 })

/** A signed integer of 32 bits. */
export const int32 = integer({ format: 'int32' })

/** One way to compare a text, or none. */
export const stringMatch = object(
  { exact: string(), prefix: string(), regex: string() },
  atMostOne('exact', 'prefix', 'regex'),
)

/** Headers to add, replace and drop. */
export const headerChanges = object({ add: map(string()), remove: array(string()), set: map(string()) })

/** Changes to the headers of requests and responses. */
export const headers = object({ request: headerChanges, response: headerChanges })

/** A port by number. */
export const portSelector = object({ number: uint32 })

/** A service, or a subset of it. */
export const destination = object({ host: string(), port: portSelector, subset: string() }, { required: ['host'] })

const generation = intOrString({ anyOf: [{ type: 'integer' }, { type: 'string' }] })

/** The status that all kinds of Istio have. */
export const istioStatus = object(
  {
    conditions: array(
      object({
        lastProbeTime: string({ format: 'date-time' }),
        lastTransitionTime: string({ format: 'date-time' }),
        message: string(),
        observedGeneration: generation,
        reason: string(),
        status: string(),
        type: string(),
      }),
    ),
    observedGeneration: generation,
    validationMessages: array(
      object({
        documentationUrl: string(),
        level: oneOf(['UNKNOWN', 'ERROR', 'WARNING', 'INFO']),
        type: object({ code: string(), name: string() }),
      }),
    ),
  },
  { 'x-kubernetes-preserve-unknown-fields': true },
)
