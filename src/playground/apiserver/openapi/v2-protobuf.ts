/**
 * The OpenAPI v2 document as protobuf, the only form in which kubectl asks for it. Field numbers are those of
 * openapi.v2 (google/gnostic-models OpenAPIv2.proto); paths are left out, for kubectl reads only definitions.
 */
import { isJsonObject } from '../../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import { kubernetesVersion } from './v3.ts'

/** Encodes a document with these definitions. */
export function v2Protobuf(definitions: Readonly<Record<string, JsonObject>>): Buffer {
  return Buffer.concat([
    text(1, '2.0'),
    message(2, [text(1, 'Kubernetes'), text(2, kubernetesVersion)]),
    message(9, namedSchemas(definitions)),
  ])
}

function namedSchemas(schemas: Readonly<Record<string, Json>>): Buffer[] {
  return Object.entries(schemas).map(([name, schema]) => message(1, [text(1, name), message(2, schemaFields(schema))]))
}

function schemaFields(schema: Json): Buffer[] {
  return isJsonObject(schema) ? Object.entries(schema).flatMap(([name, value]) => schemaField(name, value)) : []
}

/** Keywords that are plain texts, numbers (double), whole numbers or truth values. */
const texts: Readonly<Record<string, number>> = { $ref: 1, format: 2, title: 3, description: 4, pattern: 13 }
const doubles: Readonly<Record<string, number>> = { multipleOf: 6, maximum: 7, minimum: 9 }
const integers: Readonly<Record<string, number>> = {
  maxLength: 11,
  minLength: 12,
  maxItems: 14,
  minItems: 15,
  maxProperties: 17,
  minProperties: 18,
}
const booleans: Readonly<Record<string, number>> = { exclusiveMaximum: 8, exclusiveMinimum: 10, uniqueItems: 16 }

function schemaField(name: string, value: Json): Buffer[] {
  if (texts[name] !== undefined) return [text(texts[name], String(value))]
  if (doubles[name] !== undefined) return [double(doubles[name], Number(value))]
  if (integers[name] !== undefined) return [varint(integers[name], Number(value))]
  if (booleans[name] !== undefined) return value === true ? [varint(booleans[name], 1)] : []
  switch (name) {
    case 'required':
      return (value as readonly string[]).map(property => text(19, property))
    case 'enum':
      return (value as readonly Json[]).map(item => message(20, [yaml(item)]))
    case 'additionalProperties':
      return [message(21, [isJsonObject(value) ? message(1, schemaFields(value)) : varint(2, value === true ? 1 : 0)])]
    case 'type':
      return [message(22, [text(1, String(value))])]
    case 'items':
      return [message(23, [message(1, schemaFields(value))])]
    case 'properties':
      return [message(25, namedSchemas(value as JsonObject))]
    case 'example':
      return [message(30, [yaml(value)])]
    default:
      return name.startsWith('x-') ? [message(31, [text(1, name), message(2, [yaml(value)])])] : []
  }
}

/** JSON is YAML. */
function yaml(value: Json): Buffer {
  return text(2, `${JSON.stringify(value)}\n`)
}

function message(field: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([key(field, 2), encodeVarint(body.length), body])
}

function text(field: number, value: string): Buffer {
  const body = Buffer.from(value)
  return Buffer.concat([key(field, 2), encodeVarint(body.length), body])
}

function varint(field: number, value: number): Buffer {
  return Buffer.concat([key(field, 0), encodeVarint(value)])
}

function double(field: number, value: number): Buffer {
  const body = Buffer.alloc(8)
  body.writeDoubleLE(value)
  return Buffer.concat([key(field, 1), body])
}

function key(field: number, wireType: 0 | 1 | 2): Buffer {
  return encodeVarint(field * 8 + wireType)
}

/** Whole numbers from 0; none here is near 2^53. */
function encodeVarint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return Buffer.from([...bytes, rest])
}
