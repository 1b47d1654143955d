/**
 * JSON patch (RFC 6902) as the API server applies it: negative indices count from the end, `replace` and `copy` take a
 * missing property of an object for null, and whatever fails fails the whole patch.
 */
import { goJsonKind } from './go-verbs.ts'
import { isJsonArray, isJsonObject, jsonEqual } from './json.ts'
import type { Json, JsonObject } from './meta.ts'
import { badPatch, type PatchResult, unfitPatch } from './patch-result.ts'

/** More operations are refused with 413. The figure is the real server's. */
const maxOperations = 10_000
/** What all copies of one patch may weigh together, as JSON text. The figure is the real server's. */
const maxCopiedBytes = 3 * 1024 * 1024

type MutableJson = null | boolean | number | string | MutableJson[] | { [key: string]: MutableJson }

/** An operation that does not apply; the server does not tell its clients which. */
class InapplicableError extends Error {
  override readonly name = 'InapplicableError'
}

/** Applies the operations in order. The object is not changed. */
export function applyJsonPatch(object: JsonObject, patch: Json): PatchResult {
  const fault = decodingFault(patch)
  if (fault) return badPatch(`error decoding patch: json: cannot unmarshal ${fault}`)
  const operations = (patch ?? []) as readonly JsonObject[]
  if (operations.length > maxOperations) return tooManyOperations(operations.length)
  const document = new PatchedDocument(structuredClone(object) as MutableJson)
  try {
    for (const operation of operations) document.apply(operation)
  } catch (error) {
    if (error instanceof InapplicableError) return unfitPatch()
    throw error
  }
  const { root } = document
  return isJsonObject(root) ? { kind: 'ok', object: root } : unfitPatch()
}

/** An object in the middle of being patched. */
class PatchedDocument {
  root: MutableJson
  #copiedBytes = 0

  constructor(root: MutableJson) {
    this.root = root
  }

  apply(operation: JsonObject): void {
    switch (operation['op']) {
      case 'add':
        return this.#add(pathOf(operation, 'path'), operand(operation))
      case 'remove':
        return this.#remove(pathOf(operation, 'path'))
      case 'replace':
        return this.#replace(pathOf(operation, 'path'), operand(operation))
      case 'move': {
        const from = pathOf(operation, 'from')
        const value = this.#get(from)
        this.#remove(from)
        return this.#add(pathOf(operation, 'path'), value ?? null)
      }
      case 'copy':
        return this.#copy(pathOf(operation, 'from'), pathOf(operation, 'path'))
      case 'test':
        return this.#test(pathOf(operation, 'path'), operand(operation))
      default:
        throw new InapplicableError(`unknown operation ${JSON.stringify(operation['op'])}`)
    }
  }

  #add(path: string, value: MutableJson): void {
    const { container, key } = this.#locate(path)
    if (!Array.isArray(container)) container[key] = value
    else container.splice(key === '-' ? container.length : indexOf(key, container.length + 1), 0, value)
  }

  #remove(path: string): void {
    const { container, key } = this.#locate(path)
    if (Array.isArray(container)) container.splice(indexOf(key, container.length), 1)
    else if (Object.hasOwn(container, key)) delete container[key]
    else throw new InapplicableError(`${path} is not there`)
  }

  #replace(path: string, value: MutableJson): void {
    if (path === '') {
      this.root = value
      return
    }
    const { container, key } = this.#locate(path)
    if (Array.isArray(container)) container[indexOf(key, container.length)] = value
    else container[key] = value
  }

  #copy(from: string, path: string): void {
    const value = structuredClone(this.#get(from) ?? null)
    this.#copiedBytes += JSON.stringify(value).length
    if (this.#copiedBytes > maxCopiedBytes) throw new InapplicableError('copies are too large')
    this.#add(path, value)
  }

  #test(path: string, value: MutableJson): void {
    const found = path === '' ? this.root : (this.#get(path) ?? null)
    if (!jsonEqual(found, value)) throw new InapplicableError(`${path} has another value`)
  }

  /** The value at a path; undefined for a property that an object lacks. */
  #get(path: string): MutableJson | undefined {
    const { container, key } = this.#locate(path)
    return Array.isArray(container)
      ? container[indexOf(key, container.length)]
      : Object.hasOwn(container, key)
        ? container[key]
        : undefined
  }

  /** The object or list that holds the last step of a path (RFC 6901). */
  #locate(path: string): { container: Container; key: string } {
    const steps = path.split('/').slice(1).map(unescapeStep)
    const key = steps.pop()
    if (key === undefined) throw new InapplicableError(`${JSON.stringify(path)} is no path`)
    // An earlier operation may have put any value in the place of the root.
    let container = containerAt(this.root, path)
    for (const step of steps) {
      const next: MutableJson | undefined = Array.isArray(container)
        ? container[indexOf(step, container.length)]
        : Object.hasOwn(container, step)
          ? container[step]
          : undefined
      container = containerAt(next, path)
    }
    return { container, key }
  }
}

type Container = MutableJson[] | { [key: string]: MutableJson }

/** The value as something that a path can lead through. */
function containerAt(value: MutableJson | undefined, path: string): Container {
  if (typeof value !== 'object' || value === null) throw new InapplicableError(`${path} leads nowhere`)
  return value
}

function pathOf(operation: JsonObject, name: 'path' | 'from'): string {
  const path = operation[name]
  if (typeof path !== 'string') throw new InapplicableError(`${name} is missing`)
  return path
}

function operand(operation: JsonObject): MutableJson {
  return structuredClone((operation['value'] ?? null) as MutableJson)
}

function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** The position that an index means in a list with `length` of them; negative ones count from the end. */
function indexOf(text: string, length: number): number {
  if (!/^[+-]?\d+$/.test(text)) throw new InapplicableError(`${JSON.stringify(text)} is no index`)
  const index = Number(text) < 0 ? Number(text) + length : Number(text)
  if (index < 0 || index >= length) throw new InapplicableError(`index ${text} is out of range`)
  return index
}

/** What Go's decoder says of a patch that is no list of operations; undefined if it is one. */
function decodingFault(patch: Json): string | undefined {
  if (patch === null) return undefined
  if (!isJsonArray(patch)) return `${goJsonKind(patch)} into Go value of type []handlers.jsonPatchOp`
  for (const operation of patch) {
    if (operation === null) continue
    if (!isJsonObject(operation)) return `${goJsonKind(operation)} into Go value of type handlers.jsonPatchOp`
    for (const name of ['op', 'path', 'from']) {
      const value = operation[name] ?? ''
      if (typeof value !== 'string') {
        return `${goJsonKind(value)} into Go struct field jsonPatchOp.${name} of type string`
      }
    }
  }
  return undefined
}

function tooManyOperations(count: number): PatchResult {
  const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${count}`
  return { kind: 'refused', refusal: { code: 413, reason: 'RequestEntityTooLarge', message } }
}
