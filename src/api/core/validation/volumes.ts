/** Volumes of pods. */
import { duplicate, forbidden, invalid, notSupported, required } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { parseQuantity } from '../../../apimachinery/quantity.ts'
import { has, numberAt, objectAt, objectsAt, stringAt } from '../draft.ts'
import {
  checkDescendingPath,
  checkFileMode,
  checkLabelName,
  checkNoBacksteps,
  checkRequired,
  checkUnion,
  type Member,
  type Problems,
} from './checks.ts'
import { checkClaimSpec } from './claims.ts'
import { checkFieldRef, checkResourceFieldRef } from './env.ts'
import type { Volumes } from './mounts.ts'

/** The volumes of a pod, and those of them that are fine by name, which is what mounts can refer to. */
export function checkVolumes(
  path: string,
  spec: JsonObject,
): { readonly volumes: Volumes; readonly problems: Problems } {
  const volumes = new Map<string, JsonObject>()
  const problems: Problems = []
  for (const [i, volume] of objectsAt(spec, 'volumes').entries()) {
    const at = `${path}[${i}]`
    const name = stringAt(volume, 'name')
    const found = checkSource(at, volume)
    found.push(...(name === '' ? [required(`${at}.name`)] : checkLabelName(`${at}.name`, name)))
    if (volumes.has(name)) found.push(duplicate(`${at}.name`, name))
    if (found.length === 0) volumes.set(name, volume)
    problems.push(...found)
  }
  return { volumes, problems }
}

// The order in which sources are looked at: the first one counts.
const sources: Readonly<Record<string, Member>> = {
  emptyDir: (emptyDir, path) => {
    const limit = parseQuantity(stringAt(emptyDir, 'sizeLimit'))
    if (!limit || limit.nanos >= 0n) return []
    return [forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
  },
  hostPath: checkHostPath,
  secret: (secret, path) => [...checkRequired(secret, 'secretName', path), ...checkFiles(secret, path)],
  nfs: (nfs, path) => {
    const share = stringAt(nfs, 'path')
    return [
      ...checkRequired(nfs, 'server', path),
      ...checkRequired(nfs, 'path', path),
      ...(share.startsWith('/') ? [] : [invalid(`${path}.path`, share, 'must be an absolute path')]),
    ]
  },
  persistentVolumeClaim: (claim, path) => checkRequired(claim, 'claimName', path),
  downwardAPI: (downward, path) => [
    ...checkFileMode(`${path}.defaultMode`, numberAt(downward, 'defaultMode')),
    ...objectsAt(downward, 'items').flatMap(file => checkDownwardFile(path, file)),
  ],
  configMap: (configMap, path) => [...checkRequired(configMap, 'name', path), ...checkFiles(configMap, path)],
  projected: (projected, path) => [
    ...checkFileMode(`${path}.defaultMode`, numberAt(projected, 'defaultMode')),
    ...checkProjections(path, objectsAt(projected, 'sources')),
  ],
  csi: (csi, path) => checkRequired(csi, 'driver', path),
  ephemeral: (ephemeral, path) => {
    if (!has(ephemeral, 'volumeClaimTemplate')) return [required(`${path}.volumeClaimTemplate`)]
    const spec = objectAt(objectAt(ephemeral, 'volumeClaimTemplate'), 'spec')
    return checkClaimSpec(`${path}.volumeClaimTemplate.spec`, spec)
  },
  image: (image, path) => [
    ...checkRequired(image, 'reference', path),
    ...(['', 'Always', 'IfNotPresent', 'Never'].includes(stringAt(image, 'pullPolicy'))
      ? []
      : [notSupported(`${path}.pullPolicy`, stringAt(image, 'pullPolicy'), ['Always', 'IfNotPresent', 'Never'])]),
  ],
}

function checkSource(path: string, volume: JsonObject): Problems {
  const { problems } = checkUnion(volume, path, sources, 'may not specify more than 1 volume type')
  const known = Object.keys(volume).filter(key => key !== 'name').length
  return known === 0 ? [...problems, required(path, 'must specify a volume type')] : problems
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

function checkHostPath(hostPath: JsonObject, path: string): Problems {
  const place = stringAt(hostPath, 'path')
  if (place === '') return [required(`${path}.path`)]
  const type = stringAt(hostPath, 'type')
  return [
    ...checkNoBacksteps(`${path}.path`, place),
    ...(hostPathTypes.includes(type) ? [] : [notSupported(`${path}.type`, type, hostPathTypes)]),
  ]
}

function checkFiles(source: JsonObject, path: string): Problems {
  return [
    ...checkFileMode(`${path}.defaultMode`, numberAt(source, 'defaultMode')),
    ...objectsAt(source, 'items').flatMap((item, i) => checkKeyToPath(`${path}.items[${i}]`, item)),
  ]
}

function checkKeyToPath(path: string, item: JsonObject): Problems {
  return [
    ...checkRequired(item, 'key', path),
    ...checkRequired(item, 'path', path),
    ...checkFilePath(`${path}.path`, stringAt(item, 'path')),
    ...checkFileMode(`${path}.mode`, numberAt(item, 'mode')),
  ]
}

function checkFilePath(path: string, value: string): Problems {
  const problems = checkDescendingPath(path, value)
  // Checked only where a part is not `..` itself, which is said already.
  if (value.startsWith('..') && !value.startsWith('../'))
    problems.push(invalid(path, value, "must not start with '..'"))
  return problems
}

const volumeFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']

function checkDownwardFile(path: string, file: JsonObject): Problems {
  const problems = [...checkRequired(file, 'path', path), ...checkFilePath(`${path}.path`, stringAt(file, 'path'))]
  if (has(file, 'fieldRef')) {
    problems.push(...checkFieldRef(`${path}.fieldRef`, objectAt(file, 'fieldRef'), volumeFields))
    if (has(file, 'resourceFieldRef')) {
      problems.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
    }
  } else if (has(file, 'resourceFieldRef')) {
    problems.push(...checkResourceFieldRef(`${path}.resourceFieldRef`, objectAt(file, 'resourceFieldRef'), true))
  } else problems.push(required(path, 'one of fieldRef and resourceFieldRef is required'))
  return [...problems, ...checkFileMode(`${path}.mode`, numberAt(file, 'mode'))]
}

function checkProjections(path: string, projections: readonly JsonObject[]): Problems {
  const paths = new Set<string>()
  const checkPath = (file: string, shown: string): Problems => {
    if (file === '' || !paths.has(file)) {
      paths.add(file)
      return []
    }
    return [invalid(path, shown, 'conflicting duplicate paths')]
  }
  return projections.flatMap((source, i) => {
    const at = `${path}.sources[${i}]`
    const problems: Problems = []
    for (const kind of ['secret', 'configMap']) {
      if (!has(source, kind)) continue
      const projection = objectAt(source, kind)
      problems.push(...checkRequired(projection, 'name', `${at}.${kind}`))
      for (const [j, item] of objectsAt(projection, 'items').entries()) {
        problems.push(...checkKeyToPath(`${at}.${kind}.items[${j}]`, item))
        problems.push(...checkPath(stringAt(item, 'path'), stringAt(projection, 'name')))
      }
    }
    for (const file of objectsAt(objectAt(source, 'downwardAPI'), 'items')) {
      problems.push(...checkDownwardFile(`${at}.downwardAPI`, file))
      problems.push(...checkPath(stringAt(file, 'path'), stringAt(file, 'path')))
    }
    if (has(source, 'serviceAccountToken')) {
      problems.push(...checkToken(path, `${at}.serviceAccountToken`, objectAt(source, 'serviceAccountToken')))
    }
    const given = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken'].filter(kind => has(source, kind))
    if (given.length > 1) problems.push(forbidden(at, 'may not specify more than 1 volume type per source'))
    return problems
  })
}

const tenMinutes = 600

function checkToken(projected: string, path: string, token: JsonObject): Problems {
  const seconds = numberAt(token, 'expirationSeconds')
  const file = stringAt(token, 'path')
  const problems: Problems = []
  if (seconds === undefined) problems.push(required(`${path}.expirationSeconds`))
  else if (seconds < tenMinutes) {
    problems.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'))
  } else if (seconds > 2 ** 32) {
    const sentence = 'may not specify a duration larger than 2^32 seconds'
    problems.push(invalid(`${path}.expirationSeconds`, seconds, sentence))
  }
  // The API names the volume's own path here.
  problems.push(...(file === '' ? [required(`${projected}.path`)] : checkFilePath(`${projected}.path`, file)))
  return problems
}
