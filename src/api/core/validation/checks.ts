/** Checks that many kinds share. Each gives what is wrong, in the API's words, or nothing. */
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupportedInOrder,
  required,
} from '../../../apimachinery/field-error.ts'
import { isJsonObject } from '../../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from '../../../apimachinery/names.ts'
import { has, numberAt, stringAt } from '../draft.ts'

/** What is wrong; empty when nothing is. */
export type Problems = FieldError[]

/** What a whole number that may not be negative has to be. */
export const notNegativeMessage = 'must be greater than or equal to 0'

/** The value of a field that may not change. */
export const immutableMessage = 'field is immutable'

/** One error for each sentence that a rule for text has to say. */
export function textProblems(path: string, value: string, rule: (value: string) => readonly string[]): Problems {
  return rule(value).map(problem => invalid(path, value, problem))
}

/** The field is a DNS label. */
export function checkLabelName(path: string, value: string): Problems {
  return textProblems(path, value, dns1123LabelProblems)
}

/** The field is a DNS subdomain. */
export function checkSubdomain(path: string, value: string): Problems {
  return textProblems(path, value, dns1123SubdomainProblems)
}

/** The field is a qualified name, as keys of labels are. */
export function checkQualifiedName(path: string, value: string): Problems {
  return textProblems(path, value, qualifiedNameProblems)
}

/** The field can be the value of a label. */
export function checkLabelValue(path: string, value: string): Problems {
  return textProblems(path, value, labelValueProblems)
}

/** The field, if there, is not negative. */
export function checkNotNegative(object: JsonObject, key: string, path: string): Problems {
  const value = numberAt(object, key)
  return value !== undefined && value < 0 ? [invalid(`${path}.${key}`, value, notNegativeMessage)] : []
}

/** Fields that are not negative, in their order. */
export function checkAllNotNegative(object: JsonObject, keys: readonly string[], path: string): Problems {
  return keys.flatMap(key => checkNotNegative(object, key, path))
}

/** The field, if there, lies between two bounds. */
export function checkRange(path: string, value: number | undefined, min: number, max: number): Problems {
  if (value === undefined || (value >= min && value <= max)) return []
  return [invalid(path, value, `must be between ${min} and ${max}, inclusive`)]
}

/** Text that must be there. */
export function checkRequired(object: JsonObject, key: string, path: string, detail = ''): Problems {
  return stringAt(object, key) === '' ? [required(`${path}.${key}`, detail)] : []
}

/** Text that must be there and be one of a few. */
export function checkChoice(path: string, value: string, supported: readonly string[]): Problems {
  if (supported.includes(value)) return []
  return [value === '' ? required(path) : notSupportedInOrder(path, value, supported)]
}

/** Text that, where there, must be one of a few. */
export function checkOptionalChoice(path: string, object: JsonObject, supported: readonly string[]): Problems {
  const key = path.slice(path.lastIndexOf('.') + 1)
  if (!has(object, key)) return []
  const value = stringAt(object, key)
  return supported.includes(value) ? [] : [notSupportedInOrder(path, value, supported)]
}

/** A port by its number or name. */
export function checkPort(path: string, port: Json | undefined): Problems {
  if (typeof port === 'string') return textProblems(path, port, portNameProblems)
  return checkPortNumber(path, typeof port === 'number' ? port : 0)
}

/** A port by its number. */
export function checkPortNumber(path: string, port: number): Problems {
  return portNumberProblems(port).map(problem => invalid(path, port, problem))
}

/** A path that leads down from where it starts. */
export function checkDescendingPath(path: string, value: string): Problems {
  const absolute = value.startsWith('/') ? [invalid(path, value, 'must be a relative path')] : []
  return [...absolute, ...checkNoBacksteps(path, value)]
}

/** A path that never goes up. */
export function checkNoBacksteps(path: string, value: string): Problems {
  return value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : []
}

/** The mode of a file. */
export function checkFileMode(path: string, mode: number | undefined): Problems {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return []
  return [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
}

/** A text that stands earlier in a list already. Remembers it in `seen`. */
export function checkUnique(path: string, value: string, seen: Set<string>): Problems {
  if (seen.has(value)) return [duplicate(path, value)]
  seen.add(value)
  return []
}

/** What to do with one member of a union. */
export type Member = (member: JsonObject, path: string) => Problems

/**
 * Checks the members of a union, of which one may be set; `sentence` says so about every further one. Gives how many are
 * set too.
 */
export function checkUnion(
  object: JsonObject,
  path: string,
  members: Readonly<Record<string, Member>>,
  sentence: string,
): { readonly count: number; readonly problems: Problems } {
  const problems: Problems = []
  let count = 0
  for (const [name, check] of Object.entries(members)) {
    const member = object[name]
    if (!isJsonObject(member)) continue
    count += 1
    problems.push(...(count > 1 ? [forbidden(`${path}.${name}`, sentence)] : check(member, `${path}.${name}`)))
  }
  return { count, problems }
}

/** The field has the value that it had. */
export function checkImmutable(path: string, value: Json | undefined, same: boolean): Problems {
  return same ? [] : [invalid(path, value, immutableMessage)]
}
