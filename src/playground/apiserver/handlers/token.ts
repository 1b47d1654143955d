/** serviceaccounts/token: a token by which a program speaks as a service account. */

import { invalid } from '../../../apimachinery/field-error.ts'
import { asObject } from '../api-object.ts'
import { rfc3339, timestamp } from '../context.ts'
import type { Answer } from '../http/answer.ts'
import { invalidObject } from '../status-error.ts'
import type { Call } from './call.ts'
import { readObject } from './decode.ts'
import { readWriteOptions } from './options.ts'
import { currentEntry } from './read.ts'

const tokenKind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' } as const
const defaultAudiences = ['https://kubernetes.default.svc']
const defaultLifetimeSeconds = 3600
const shortestSeconds = 600

/** POST of a TokenRequest. */
export async function createToken(call: Call): Promise<Answer> {
  const options = readWriteOptions(call, 'CreateOptions')
  const request = await readObject(call, options, tokenKind, {
    decode: body => ({ object: asObject(body), unknownFields: [] }),
  })
  const { metadata } = currentEntry(call).object
  const spec = (request['spec'] ?? {}) as {
    readonly audiences?: readonly string[] | null
    readonly expirationSeconds?: number
  }
  const expirationSeconds = spec.expirationSeconds ?? defaultLifetimeSeconds
  if (expirationSeconds < shortestSeconds) {
    const error = invalid(
      'spec.expirationSeconds',
      expirationSeconds,
      'may not specify a duration less than 10 minutes',
    )
    throw invalidObject({ group: 'authentication.k8s.io', name: 'TokenRequest' }, '', [error])
  }
  const audiences = spec.audiences?.length ? spec.audiences : defaultAudiences
  const { name = '', namespace = '', uid = '' } = metadata
  const { token, expires } = call.server.tokens.issue({ name, namespace, uid }, audiences, expirationSeconds)
  return {
    code: 201,
    mediaType: call.form.mediaType,
    value: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, creationTimestamp: timestamp(call.server.clock) },
      spec: { audiences, expirationSeconds, boundObjectRef: null },
      status: { token, expirationTimestamp: rfc3339(expires) },
    },
  }
}
