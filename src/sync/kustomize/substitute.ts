/** Variables in built manifests: `${NAME}` and the functions of envsubst that Flux's users know. */
import { isJsonObject } from '../../apimachinery/json.ts'
import type { JsonObject } from '../../apimachinery/meta.ts'
import { parseYaml, toYaml } from '../../apimachinery/yaml.ts'
import { BuildError } from './errors.ts'

const nameRule = '^[_[:alpha:]][_[:alpha:][:digit:]]*$'
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*/
const switchKey = 'kustomize.toolkit.fluxcd.io/substitute'

/** The variables, checked, with line breaks taken out of their values. @throws BuildError */
export function checkedVariables(variables: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(variables).map(([name, value]) => {
      if (namePattern.exec(name)?.[0] !== name) {
        throw new BuildError(`'${name}' var name is invalid, must match '${nameRule}'`)
      }
      return [name, value.replaceAll('\n', '')]
    }),
  )
}

/** The object with variables replaced, unless a label or annotation of it says `disabled`. @throws BuildError */
export function substituteIn(object: JsonObject, variables: ReadonlyMap<string, string>): JsonObject {
  if (isDisabled(object)) return object
  const name = `${String(object['apiVersion'])}/${String(object['kind'])}`
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {}
  const text = toYaml(object)
  if (!text.includes('$')) return object
  try {
    const result = parseYaml(substitute(text, variables))
    if (isJsonObject(result)) return result
    throw new Error('the result is no object')
  } catch (error) {
    const why =
      error instanceof SubstitutionError ? `variable substitution failed: ${error.message}` : 'the result is not YAML'
    throw new BuildError(`post build failed for '${name}/${String(metadata['name'])}': ${why}`)
  }
}

function isDisabled(object: JsonObject): boolean {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {}
  return [metadata['labels'], metadata['annotations']].some(map => isJsonObject(map) && map[switchKey] === 'disabled')
}

/** The text cannot be substituted. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError'
  readonly reason = 'SubstitutionFailed'
}

/** Replaces `${...}` in a text; `$$` becomes `$`; a lone `$` stays. @throws SubstitutionError */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  let result = ''
  for (let at = 0; at < text.length; ) {
    const dollar = text.indexOf('$', at)
    if (dollar < 0) return result + text.slice(at)
    result += text.slice(at, dollar)
    const next = text[dollar + 1]
    if (next === '$') {
      result += '$'
      at = dollar + 2
    } else if (next === '{') {
      const end = closingBrace(text, dollar + 2)
      result += evaluate(text.slice(dollar + 2, end), variables)
      at = end + 1
    } else {
      result += '$'
      at = dollar + 1
    }
  }
  return result
}

function closingBrace(text: string, start: number): number {
  let depth = 1
  for (let at = start; at < text.length; at++) {
    if (text[at] === '$' && text[at + 1] === '{') {
      depth += 1
      at += 1
    } else if (text[at] === '}') {
      depth -= 1
      if (depth === 0) return at
    } else if (text[at] === '\n') break
  }
  throw new SubstitutionError('missing closing brace')
}

function evaluate(expression: string, variables: ReadonlyMap<string, string>): string {
  if (expression.startsWith('#')) return String([...requiredValue(expression.slice(1), variables)].length)
  const name = namePattern.exec(expression)?.[0]
  if (name === undefined) throw new SubstitutionError('unable to parse variable name')
  const rest = expression.slice(name.length)
  if (rest === '') return requiredValue(name, variables)
  const fallback = /^(:=|:-|:\?|:\+|=)([\s\S]*)$/.exec(rest)
  // All of these give the default where there is no value, unlike in a shell.
  if (fallback) return variables.get(name) || substitute(fallback[2] ?? '', variables)
  return applyFunction(requiredValue(name, variables), rest)
}

function requiredValue(name: string, variables: ReadonlyMap<string, string>): string {
  const value = variables.get(name)
  if (value === undefined) throw new SubstitutionError(`variable not set (strict mode): ${JSON.stringify(name)}`)
  return value
}

function applyFunction(value: string, call: string): string {
  const range = /^:(-?\d+)(?::(\d+))?$/.exec(call)
  if (range) {
    const start = Number(range[1])
    const from = start < 0 ? Math.max(0, value.length + start) : start
    return range[2] === undefined ? value.slice(from) : value.slice(from, from + Number(range[2]))
  }
  if (call === '^^') return value.toUpperCase()
  if (call === ',,') return value.toLowerCase()
  if (call === '^') return value.slice(0, 1).toUpperCase() + value.slice(1)
  if (call === ',') return value.slice(0, 1).toLowerCase() + value.slice(1)
  const replace = /^(\/[/#%]?)([^/]+)(?:\/([\s\S]*))?$/.exec(call)
  if (replace) return replaceIn(value, replace[1] ?? '', replace[2] ?? '', replace[3] ?? '')
  const trim = /^(##|#|%%|%)([\s\S]+)$/.exec(call)
  if (trim) return trimmed(value, trim[1] ?? '', trim[2] ?? '')
  throw new SubstitutionError('missing closing brace')
}

function replaceIn(value: string, mode: string, from: string, to: string): string {
  if (mode === '//') return value.replaceAll(from, to)
  if (mode === '/#') return value.startsWith(from) ? to + value.slice(from.length) : value
  if (mode === '/%') return value.endsWith(from) ? value.slice(0, -from.length) + to : value
  const at = value.indexOf(from)
  return at < 0 ? value : value.slice(0, at) + to + value.slice(at + from.length)
}

/** Cuts the shortest (`#`, `%`) or longest (`##`, `%%`) piece that the glob matches off the start or the end. */
function trimmed(value: string, mode: string, glob: string): string {
  const source = glob
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const pattern = new RegExp(`^${source}$`, 's')
  const lengths = Array.from({ length: value.length + 1 }, (_, i) => i)
  const inOrder = mode.length === 2 ? lengths.reverse() : lengths
  const isStart = mode.startsWith('#')
  for (const length of inOrder) {
    const piece = isStart ? value.slice(0, length) : value.slice(value.length - length)
    if (pattern.test(piece)) return isStart ? value.slice(length) : value.slice(0, value.length - length)
  }
  return value
}
