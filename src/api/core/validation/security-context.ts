/** Security contexts of containers and pods. */
import { duplicate, invalid, notSupportedInOrder, required, tooLong } from '../../../apimachinery/field-error.ts'
import { isJsonArray } from '../../../apimachinery/json.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, numberAt, objectAt, objectsAt, stringAt } from '../draft.ts'
import { checkDescendingPath, checkOptionalChoice, checkRange, type Problems } from './checks.ts'
import { internalJson } from './internal-json.ts'

// Users and groups are 31-bit numbers (k8s.io/apimachinery/pkg/util/validation).
const maxId = 2 ** 31 - 1

/** `securityContext` of a container. */
export function checkSecurityContext(path: string, context: JsonObject, podSpec: JsonObject): Problems {
  const { allowPrivilegeEscalation, privileged, procMount } = context
  const problems = checkIds(path, context, ['runAsUser', 'runAsGroup'])
  problems.push(...checkOptionalChoice(`${path}.procMount`, context, ['Default', 'Unmasked']))
  if (procMount === 'Unmasked' && podSpec['hostUsers'] !== false) {
    problems.push(invalid(`${path}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'))
  }
  problems.push(...checkSeccompProfile(`${path}.seccompProfile`, context))
  if (allowPrivilegeEscalation === false && privileged === true) {
    const sentence = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'
    problems.push(invalidContext(path, context, sentence))
  }
  const added = objectAt(context, 'capabilities')['add']
  if (allowPrivilegeEscalation === false && isJsonArray(added) && added.includes('CAP_SYS_ADMIN')) {
    const sentence = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'
    problems.push(invalidContext(path, context, sentence))
  }
  return [...problems, ...checkAppArmorProfile(`${path}.appArmorProfile`, context)]
}

function invalidContext(path: string, context: JsonObject, sentence: string) {
  const shown = internalJson('core.SecurityContext', context)
  return { ...invalid(path, '', sentence), message: `Invalid value: ${shown}: ${sentence}` }
}

/** `securityContext` of a pod. */
export function checkPodSecurityContext(path: string, context: JsonObject): Problems {
  const groups = context['supplementalGroups']
  return [
    ...checkIds(path, context, ['fsGroup', 'runAsUser', 'runAsGroup']),
    ...(isJsonArray(groups)
      ? groups.flatMap((id, i) => checkRange(`${path}.supplementalGroups[${i}]`, Number(id), 0, maxId))
      : []),
    ...checkSysctls(`${path}.sysctls`, context),
    ...checkOptionalChoice(`${path}.fsGroupChangePolicy`, context, ['Always', 'OnRootMismatch']),
    ...checkSeccompProfile(`${path}.seccompProfile`, context),
    ...checkAppArmorProfile(`${path}.appArmorProfile`, context),
    ...checkOptionalChoice(`${path}.supplementalGroupsPolicy`, context, ['Merge', 'Strict']),
    ...checkOptionalChoice(`${path}.seLinuxChangePolicy`, context, ['MountOption', 'Recursive']),
  ]
}

function checkIds(path: string, context: JsonObject, keys: readonly string[]): Problems {
  return keys.flatMap(key => checkRange(`${path}.${key}`, numberAt(context, key), 0, maxId))
}

const sysctlName = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'
const sysctlMaxBytes = 253

function checkSysctls(path: string, context: JsonObject): Problems {
  const seen = new Set<string>()
  return objectsAt(context, 'sysctls').flatMap((sysctl, i) => {
    const at = `${path}[${i}].name`
    const name = stringAt(sysctl, 'name')
    if (name === '') return [required(at)]
    if (Buffer.byteLength(name) > sysctlMaxBytes || !new RegExp(sysctlName).test(name)) {
      return [invalid(at, name, `must have at most ${sysctlMaxBytes} characters and match regex ${sysctlName}`)]
    }
    if (seen.has(name)) return [duplicate(at, name)]
    seen.add(name)
    return []
  })
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function checkSeccompProfile(path: string, context: JsonObject): Problems {
  if (!has(context, 'seccompProfile')) return []
  const profile = objectAt(context, 'seccompProfile')
  const type = stringAt(profile, 'type')
  const problems: Problems = []
  if (type === '') problems.push(required(`${path}.type`, 'type is required when seccompProfile is set'))
  else if (!profileTypes.includes(type)) problems.push(notSupportedInOrder(`${path}.type`, type, profileTypes))
  const local = profile['localhostProfile']
  if (type === 'Localhost') {
    if (typeof local === 'string') problems.push(...checkDescendingPath(`${path}.localhostProfile`, local))
    else problems.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'))
  } else if (typeof local === 'string') {
    const sentence = 'can only be set when seccomp type is Localhost'
    const shown = internalJson('core.SeccompProfile', profile)
    problems.push({
      ...invalid(`${path}.localhostProfile`, '', sentence),
      message: `Invalid value: ${shown}: ${sentence}`,
    })
  }
  return problems
}

const appArmorMaxBytes = 4095

function checkAppArmorProfile(path: string, context: JsonObject): Problems {
  if (!has(context, 'appArmorProfile')) return []
  const profile = objectAt(context, 'appArmorProfile')
  const type = stringAt(profile, 'type')
  const local = profile['localhostProfile']
  const at = `${path}.localhostProfile`
  if (type === '') return [required(`${path}.type`, 'type is required when appArmorProfile is set')]
  if (!profileTypes.includes(type)) return [notSupportedInOrder(`${path}.type`, type, profileTypes)]
  if (type !== 'Localhost') {
    return typeof local === 'string' ? [invalid(at, local, 'can only be set when AppArmor type is Localhost')] : []
  }
  if (typeof local !== 'string' || local === '') return [required(at, 'must be set when AppArmor type is Localhost')]
  const problems = local.trim() === local ? [] : [invalid(at, local, 'must not be padded with whitespace')]
  return Buffer.byteLength(local) > appArmorMaxBytes ? [...problems, tooLong(at, appArmorMaxBytes)] : problems
}
