/** Objects as the API server's own types print them: what stands after `Invalid value: ` for some fields. */
import { isJsonArray, isJsonObject } from '../../../apimachinery/json.ts'
import type { Json } from '../../../apimachinery/meta.ts'
import { type GoType, parseType } from '../decoding/go-type.ts'
import { internalFields } from './internal-types.ts'

/** The JSON of a value of one of the server's own types, given as it is on the wire. */
export function internalJson(type: string, value: Json | undefined): string {
  return escapeHtml(JSON.stringify(internalValue(type, value)))
}

/** The same over several lines, indented by one blank a level. */
export function internalJsonLines(type: string, value: Json | undefined): string[] {
  return escapeHtml(JSON.stringify(internalValue(type, value), undefined, 1)).split('\n')
}

/** The value as its own type, with the fields of the type in their order. */
export function internalValue(type: string, value: Json | undefined): Json {
  return show(parseType(type), value)
}

function show(type: GoType, value: Json | undefined): Json {
  switch (type.kind) {
    case 'pointer':
      return value === undefined || value === null ? null : show(type.of, value)
    case 'slice':
      return isJsonArray(value) && value.length > 0 ? value.map(item => show(type.of, item)) : null
    case 'map':
      return showMap(type.of, value)
    case 'struct':
      return showStruct(type.struct, value)
    case 'string':
      return value ?? ''
    case 'bool':
      return value ?? false
    case 'integer':
    case 'float':
      return value ?? 0
    case 'custom':
      return value ?? zeros[type.name] ?? null
    default:
      return value ?? null
  }
}

const zeros: Readonly<Record<string, Json>> = { Quantity: '0', IntOrString: 0 }

function showMap(of: GoType, value: Json | undefined): Json {
  if (!isJsonObject(value)) return null
  const entries = Object.keys(value).sort()
  return entries.length === 0 ? null : Object.fromEntries(entries.map(key => [key, show(of, value[key])]))
}

function showStruct(struct: string, value: Json | undefined): Json {
  const object = isJsonObject(value) ? value : {}
  const shown: Record<string, Json> = {}
  for (const field of (internalFields[struct] ?? '').split('; ')) {
    const [, name = '', mark = '', onWire = '', type = ''] = /^([^?~=]+)([?~]?)=(\S*) (.*)$/.exec(field) ?? []
    // What the wire spells in the metadata of the object, the struct embeds.
    const inner = object[onWire] ?? (isJsonObject(object['metadata']) ? object['metadata'][onWire] : undefined)
    const result = show(parseType(type), inner)
    if (mark === '' || !isEmpty(result)) shown[name] = result
  }
  return shown
}

function isEmpty(value: Json): boolean {
  return value === null || value === '' || value === 0 || value === false || (isJsonArray(value) && value.length === 0)
}

// encoding/json writes these escaped.
function escapeHtml(text: string): string {
  return text.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026')
}
