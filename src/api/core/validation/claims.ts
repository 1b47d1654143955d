/** PersistentVolumeClaims, alone and in templates. */
import { notSupported, required } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, objectAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { checkOptionalChoice, checkSubdomain, type Problems } from './checks.ts'
import { checkLabelSelector } from './labels.ts'
import { checkAmount } from './resources.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** `spec` of a claim. */
export function checkClaimSpec(path: string, spec: JsonObject): Problems {
  const modes = stringsAt(spec, 'accessModes')
  const storage = stringMapAt(objectAt(spec, 'resources'), 'requests')['storage']
  const className = stringAt(spec, 'storageClassName')
  return [
    ...(modes.length === 0 ? [required(`${path}.accessModes`, 'at least 1 access mode is required')] : []),
    ...(has(spec, 'selector') ? checkLabelSelector(`${path}.selector`, objectAt(spec, 'selector')) : []),
    ...modes
      .filter(mode => !accessModes.includes(mode))
      .map(mode => notSupported(`${path}.accessModes`, mode, accessModes)),
    ...(storage === undefined
      ? [required(`${path}.resources[storage]`)]
      : checkAmount(`${path}.resources[storage]`, 'storage', storage)),
    ...(className === '' ? [] : checkSubdomain(`${path}.storageClassName`, className)),
    ...checkOptionalChoice(`${path}.volumeMode`, spec, ['Block', 'Filesystem']),
  ]
}
