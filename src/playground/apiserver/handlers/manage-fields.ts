/** Keeping metadata.managedFields true when objects are written. */

import { apiVersionOf } from '../../../apimachinery/meta.ts'
import type { FieldSet } from '../../../apimachinery/ssa/field-set.ts'
import { equalButForTimes } from '../../../apimachinery/ssa/managers.ts'
import { trackUpdate } from '../../../apimachinery/ssa/track-update.ts'
import { type ApiObject, asJson, withMetadata } from '../api-object.ts'
import { timestamp } from '../context.ts'
import type { ServedResource } from '../resources/served-resource.ts'
import type { Call } from './call.ts'

/** The object with the record of who owns its fields after a write that is no apply. */
export function withManagedFields(
  call: Pick<Call, 'server' | 'resource' | 'path'>,
  before: ApiObject | undefined,
  after: ApiObject,
  manager: string,
): ApiObject {
  const { resource, path } = call
  const managedFields = trackUpdate({
    before: before ? asJson(before) : undefined,
    after: asJson(after),
    type: resource.strategy.fieldType(),
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    manager,
    subresource: path.subresource,
    now: timestamp(call.server.clock),
    resetFields: resetFields(resource, path.subresource),
  })
  return withMetadata(after, { managedFields })
}

/** The fields that nobody comes to own through a subresource's URL. */
export function resetFields(resource: ServedResource, subresource: string): FieldSet | undefined {
  return resource.strategy.resetFields(subresource === '' ? '' : subresource === 'status' ? 'status' : 'other')
}

/** Whether two states differ in nothing but the times in managedFields. */
export function sameButForTimes(next: ApiObject, previous: ApiObject): boolean {
  return equalButForTimes(next.metadata.managedFields, previous.metadata.managedFields)
}
