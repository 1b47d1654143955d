/** Where containers mount volumes. */

import type { FieldError } from '../../../apimachinery/field-error.ts'
import { forbidden, invalid, notSupported, required } from '../../../apimachinery/field-error.ts'
import { goQuote } from '../../../apimachinery/go-text.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, objectAt, objectsAt, stringAt } from '../draft.ts'
import { checkDescendingPath, checkNoBacksteps, type Problems } from './checks.ts'

/** Volumes of a pod by their names. */
export type Volumes = ReadonlyMap<string, JsonObject>

/** `volumeMounts` of a container. */
export function checkMounts(path: string, container: JsonObject, volumes: Volumes): Problems {
  const devices = objectsAt(container, 'volumeDevices')
  const places = new Set<string>()
  const list = `${path}.volumeMounts`
  return objectsAt(container, 'volumeMounts').flatMap((mount, i) => {
    const at = `${list}[${i}]`
    const name = stringAt(mount, 'name')
    const place = stringAt(mount, 'mountPath')
    const problems: Problems = []
    if (name === '') problems.push(required(`${at}.name`))
    if (!volumes.has(name)) problems.push(notFound(`${at}.name`, name))
    if (place === '') problems.push(required(`${at}.mountPath`))
    if (places.has(place)) problems.push(invalid(`${at}.mountPath`, place, 'must be unique'))
    places.add(place)
    if (devices.some(device => stringAt(device, 'name') === name)) {
      problems.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    }
    if (devices.some(device => stringAt(device, 'devicePath') === place)) {
      problems.push(invalid(`${at}.mountPath`, place, 'must not already exist as a path in volumeDevices'))
    }
    return [...problems, ...checkSubPaths(list, at, mount), ...checkPropagation(list, mount, container)]
  })
}

// The API names the list, not the item, for some of these.
function checkSubPaths(list: string, at: string, mount: JsonObject): Problems {
  const subPath = stringAt(mount, 'subPath')
  const expression = stringAt(mount, 'subPathExpr')
  const problems = subPath === '' ? [] : checkDescendingPath(`${list}.subPath`, subPath)
  if (expression === '') return problems
  if (subPath !== '') {
    problems.push(invalid(`${at}.subPathExpr`, expression, 'subPathExpr and subPath are mutually exclusive'))
  }
  return [...problems, ...checkDescendingPath(`${list}.subPathExpr`, expression)]
}

const propagations = ['Bidirectional', 'HostToContainer', 'None']

function checkPropagation(list: string, mount: JsonObject, container: JsonObject): Problems {
  const propagation = stringAt(mount, 'mountPropagation')
  if (propagation === '') return []
  if (!propagations.includes(propagation)) {
    return [notSupported(`${list}.mountPropagation`, propagation, propagations)]
  }
  const privileged = objectAt(container, 'securityContext')['privileged'] === true
  if (propagation !== 'Bidirectional' || privileged) return []
  const sentence = 'Bidirectional mount propagation is available only to privileged containers'
  return [forbidden(`${list}.mountPropagation`, sentence)]
}

/** `volumeDevices` of a container. */
export function checkDevices(path: string, container: JsonObject, volumes: Volumes): Problems {
  const mounts = objectsAt(container, 'volumeMounts')
  const [names, places] = [new Set<string>(), new Set<string>()]
  return objectsAt(container, 'volumeDevices').flatMap((device, i) => {
    const at = `${path}.volumeDevices[${i}]`
    const name = stringAt(device, 'name')
    const place = stringAt(device, 'devicePath')
    const volume = volumes.get(name)
    const problems: Problems = []
    if (name === '') problems.push(required(`${at}.name`))
    if (names.has(name)) problems.push(invalid(`${at}.name`, name, 'must be unique'))
    if (volume && !has(volume, 'persistentVolumeClaim') && !has(volume, 'ephemeral')) {
      const sentence = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
      problems.push(invalid(`${at}.name`, name, sentence))
    }
    if (!volume) problems.push(notFound(`${at}.name`, name))
    if (place === '') problems.push(required(`${at}.devicePath`))
    if (places.has(place)) problems.push(invalid(`${at}.devicePath`, place, 'must be unique'))
    if (checkNoBacksteps(at, place).length > 0) {
      problems.push(invalid(`${at}.devicePath`, place, "can not contain backsteps ('..')"))
    } else places.add(place)
    if (mounts.some(mount => stringAt(mount, 'name') === name)) {
      problems.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'))
    }
    if (mounts.some(mount => stringAt(mount, 'mountPath') === place)) {
      problems.push(invalid(`${at}.devicePath`, place, 'must not already exist as a path in volumeMounts'))
    }
    if (name !== '') names.add(name)
    return problems
  })
}

function notFound(path: string, value: string): FieldError {
  return { type: 'FieldValueNotFound', field: path, message: `Not found: ${goQuote(value)}` }
}
