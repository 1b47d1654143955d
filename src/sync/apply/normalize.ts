/** A manifest as it is sent: without what the API would refuse or what would look like drift for ever. */
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import type { Manifest } from './identity.ts'

/** Drops what the server alone writes, gives ports their protocol, and moves `stringData` into `data`. */
export function normalized(manifest: Manifest): Manifest {
  const { status, ...rest } = manifest
  const { creationTimestamp: _c, managedFields: _m, uid: _u, resourceVersion: _r, ...metadata } = manifest.metadata
  const keepsStatus = manifest.kind === 'CustomResourceDefinition' && status !== undefined
  // A manifest is JSON, of which parts are taken out.
  const withMeta = { ...rest, ...(keepsStatus ? { status } : {}), metadata } as unknown as JsonObject
  // Only top-level and nested fields of the spec change; what names the object stays.
  return withPorts(withStringData(withMeta, manifest.kind)) as Manifest
}

function withStringData(object: JsonObject, kind: string | undefined): JsonObject {
  const { stringData, data, ...rest } = object
  if (kind !== 'Secret' || !isJsonObject(stringData)) return object
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(typeof value === 'string' ? value : String(value)).toString('base64'),
  ])
  return { ...rest, data: { ...(isJsonObject(data) ? data : {}), ...Object.fromEntries(encoded) } }
}

/** Lists of ports are merged by port and protocol, so the API has to know both. */
function withPorts(object: JsonObject): JsonObject {
  if (object['kind'] === 'Service') return mapAt(object, ['spec', 'ports'], port => withProtocol(port, 'port'))
  const podSpec = podSpecPaths[String(object['kind'])]
  if (!podSpec) return object
  return ['containers', 'initContainers'].reduce(
    (result, list) =>
      mapAt(result, [...podSpec, list], container =>
        isJsonObject(container) ? mapAt(container, ['ports'], port => withProtocol(port, 'containerPort')) : container,
      ),
    object,
  )
}

const template = ['spec', 'template', 'spec']
const podSpecPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: template,
  StatefulSet: template,
  DaemonSet: template,
  ReplicaSet: template,
  Job: template,
  CronJob: ['spec', 'jobTemplate', ...template],
}

function withProtocol(port: Json, key: string): Json {
  return isJsonObject(port) && port[key] !== undefined && !port['protocol'] ? { ...port, protocol: 'TCP' } : port
}

function mapAt(object: JsonObject, path: readonly string[], change: (item: Json) => Json): JsonObject {
  const [key = '', ...rest] = path
  const value = object[key]
  if (rest.length === 0) return isJsonArray(value) ? { ...object, [key]: value.map(change) } : object
  return isJsonObject(value) ? { ...object, [key]: mapAt(value, rest, change) } : object
}
