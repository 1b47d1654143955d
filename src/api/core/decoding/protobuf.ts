/** Reads the protobuf form in which Go's typed clients (`kubectl create`, among others) send built-in kinds, as JSON. */
import { formatDuration } from '../../../apimachinery/duration.ts'
import type { GroupVersionKind, Json, JsonObject } from '../../../apimachinery/meta.ts'
import { DecodeError } from './decode-error.ts'
import { messageFields, messageOfKind } from './proto-messages.ts'
import { ProtoReader } from './proto-reader.ts'

/** A body: what it says it is and, where the kind is known, the object as JSON. */
export interface ProtobufBody {
  readonly apiVersion: string
  readonly kind: string
  readonly object: JsonObject
}

/** The first bytes of every such body: runtime.Unknown follows (k8s.io/apimachinery serializer/protobuf). */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** Reads a body as `wanted`, whatever it says it is. Throws {@link DecodeError} for what is no such body. */
export function decodeProtobuf(body: Uint8Array, wanted: GroupVersionKind): ProtobufBody {
  if (magic.some((byte, i) => body[i] !== byte))
    throw new DecodeError('provided data does not appear to be a protobuf message')
  const unknown = readFields(new ProtoReader(body.subarray(magic.length)), envelope)
  const { apiVersion = '', kind = '' } = (unknown['typeMeta'] ?? {}) as {
    readonly apiVersion?: string
    readonly kind?: string
  }
  const raw = Buffer.from(String(unknown['raw'] ?? ''), 'base64')
  const message = messageOfKind[`${wanted.group}/${wanted.version}/${wanted.kind}`] ?? wanted.kind
  return { apiVersion, kind, object: { ...readMessage(new ProtoReader(raw), message), apiVersion, kind } }
}

const envelope = parseFields('1 typeMeta TypeMeta; 2 raw bytes; 3 contentEncoding string; 4 contentType string')

interface ProtoField {
  readonly name: string
  readonly isRepeated: boolean
  readonly isMap: boolean
  readonly type: string
}

function parseFields(text: string): ReadonlyMap<number, ProtoField> {
  const fields = new Map<number, ProtoField>()
  for (const field of text.split('; ')) {
    const [number = '', name = '', type = ''] = field.split(' ')
    const isRepeated = type.startsWith('*')
    const isMap = type.startsWith('{}')
    fields.set(Number(number), { name, isRepeated, isMap, type: type.slice(isRepeated ? 1 : isMap ? 2 : 0) })
  }
  return fields
}

/** A message as JSON; those with a form of their own give that. */
function readMessage(reader: ProtoReader, message: string): JsonObject {
  const fields = message === 'TypeMeta' ? '1 apiVersion string; 2 kind string' : messageFields[message]
  if (fields === undefined) throw new DecodeError(`no protobuf message ${message}`)
  return readFields(reader, parseFields(fields))
}

function readFields(reader: ProtoReader, fields: ReadonlyMap<number, ProtoField>): JsonObject {
  const object: Record<string, Json> = {}
  for (let tag = reader.tag(); tag; tag = reader.tag()) {
    const field = fields.get(tag.field)
    if (!field) {
      reader.skip(tag.wireType)
    } else if (field.name === '^') {
      Object.assign(object, readMessage(reader.nested(), field.type))
    } else if (field.isMap) {
      const entry = readFields(reader.nested(), parseFields(`1 key string; 2 value ${field.type}`))
      object[field.name] = {
        ...(object[field.name] as JsonObject | undefined),
        [String(entry['key'] ?? '')]: entry['value'] ?? zeroOf(field.type),
      }
    } else if (field.isRepeated) {
      const items = (object[field.name] ?? []) as Json[]
      items.push(readValue(reader, field.type) ?? null)
      object[field.name] = items
    } else {
      const value = readValue(reader, field.type)
      if (value !== undefined) object[field.name] = value
    }
  }
  return object
}

/** The value of a map's entry that stands for nothing and so was not written. */
function zeroOf(type: string): Json {
  return type === 'string' || type === 'bytes' ? '' : type in messageFields ? {} : 0
}

function readValue(reader: ProtoReader, type: string): Json | undefined {
  switch (type) {
    case 'string':
      return reader.text()
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64')
    case 'bool':
      return reader.varint() !== 0n
    case 'int32':
    case 'int64':
      return Number(BigInt.asIntN(64, reader.varint()))
    case 'double':
      return reader.double()
    default:
      return (wellKnown[type] ?? readMessage)(reader.nested(), type)
  }
}

/** Messages whose JSON is no object of their fields. */
const wellKnown: Readonly<Record<string, (reader: ProtoReader) => Json | undefined>> = {
  Time: reader => timeOf(reader, 0),
  MicroTime: reader => timeOf(reader, 6),
  Duration: reader =>
    formatDuration(Number(readFields(reader, parseFields('1 duration int64'))['duration'] ?? 0) / 1e6),
  Quantity: reader => readMessage(reader, 'Quantity')['string'] ?? '0',
  IntOrString(reader) {
    const { type, intVal, strVal } = readMessage(reader, 'IntOrString')
    return type === 1 ? (strVal ?? '') : (intVal ?? 0)
  },
  RawExtension: reader => embeddedJson(readMessage(reader, 'RawExtension')['raw']),
  FieldsV1: reader => embeddedJson(readMessage(reader, 'FieldsV1')['Raw']),
  'authentication/v1/ExtraValue': reader => readMessage(reader, 'authentication/v1/ExtraValue')['items'] ?? [],
  'authorization/v1/ExtraValue': reader => readMessage(reader, 'authorization/v1/ExtraValue')['items'] ?? [],
}

function timeOf(reader: ProtoReader, fractionDigits: number): string | undefined {
  const fields = readFields(reader, parseFields('1 seconds int64; 2 nanos int32'))
  const { seconds, nanos = 0 } = fields as { readonly seconds?: number; readonly nanos?: number }
  // Go writes its zero time as an empty message.
  if (seconds === undefined) return undefined
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19)
  if (fractionDigits === 0) return `${whole}Z`
  return `${whole}.${String(nanos).padStart(9, '0').slice(0, fractionDigits)}Z`
}

function embeddedJson(base64: Json | undefined): Json | undefined {
  if (base64 === undefined) return undefined
  try {
    return JSON.parse(Buffer.from(String(base64), 'base64').toString('utf8')) as Json
  } catch {
    throw new DecodeError('the message holds a part that should be JSON and is not')
  }
}
