/** Events are stored as core/v1 and served as events.k8s.io/v1 too, where fields have other names. */
import type { ApiObject } from '../api-object.ts'

/** Names in events.k8s.io/v1 by their names in core/v1. */
const newNames: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
}
const oldNames: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(newNames).map(([before, after]) => [after, before]),
)

/** An event of events.k8s.io/v1 as core/v1. */
export function eventToStorage(event: ApiObject): ApiObject {
  return renamed(event, oldNames, 'v1')
}

/** An event of core/v1 as events.k8s.io/v1. */
export function eventFromStorage(event: ApiObject): ApiObject {
  return renamed(event, newNames, 'events.k8s.io/v1')
}

function renamed(event: ApiObject, names: Readonly<Record<string, string>>, apiVersion: string): ApiObject {
  const { metadata, kind } = event
  const fields: Record<string, unknown> = {}
  for (const field in event) fields[names[field] ?? field] = event[field]
  return { ...fields, apiVersion, kind, metadata }
}
