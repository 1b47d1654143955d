/**
 * Flagger's hash of a spec, reproduced so that a status written by Flagger is recognised. It is FNV-1a over a dump of
 * Go values in which every field of every struct stands, also the unset ones (`pkg/canary/spec.go`, the library spew).
 */
import { fnv32a } from '../apimachinery/canonical-json.ts'
import { goTypes } from './flagger-types.ts'

interface GoField {
  readonly name: string
  readonly key: string
  readonly type: string
  readonly isEmbedded: boolean
}

const structs: ReadonlyMap<string, readonly GoField[]> = new Map(goTypes.map(parseStruct))

/** Named types that are no strings. */
const namedTypes: Readonly<Record<string, string>> = {
  'v1.ResourceList': 'map[v1.ResourceName]resource.Quantity',
}

/** The hash of a JSON value as the Go type `goType` (such as `v1.PodTemplateSpec`). */
export function flaggerHashOf(goType: string, value: unknown): string {
  return encode(fnv32a(dumpOf(goType, value)))
}

/**
 * The checksum in the payload of webhooks: the same hash of an anonymous struct of the status's tracked configs and
 * applied spec.
 */
export function webhookChecksum(
  trackedConfigs: Readonly<Record<string, string>> | undefined,
  lastAppliedSpec: string,
): string {
  const type = 'struct { TrackedConfigs *map[string]string; LastAppliedSpec string }'
  const configs = dump('*map[string]string', trackedConfigs ?? null)
  const text = `(${type}){TrackedConfigs:(*map[string]string)${configs} LastAppliedSpec:(string)${lastAppliedSpec}}`
  return encode(fnv32a(text))
}

/** The text that is hashed. */
export function dumpOf(goType: string, value: unknown): string {
  return `(${goType})${dump(goType, value)}`
}

function dump(type: string, value: unknown): string {
  if (type.startsWith('*')) return value === null || value === undefined ? '<nil>' : dump(type.slice(1), value)
  const named = namedTypes[type]
  if (named) return dump(named, value)
  if (type.startsWith('[]')) return dumpSlice(type.slice(2), value)
  if (type.startsWith('map[')) return dumpMap(type, value)
  if (type === 'v1.Time') return '{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}'
  if (type === 'intstr.IntOrString') return dumpIntOrString(value)
  if (type === 'resource.Quantity') return dumpQuantity(value)
  const fields = structs.get(type)
  return fields ? dumpStruct(fields, value) : dumpScalar(type, value)
}

function dumpStruct(fields: readonly GoField[], value: unknown): string {
  const object = isObject(value) ? value : {}
  const parts = fields.map(({ name, key, type, isEmbedded }) => {
    return `${name}:(${type})${dump(type, isEmbedded ? object : object[key])}`
  })
  return `{${parts.join(' ')}}`
}

function dumpSlice(element: string, value: unknown): string {
  return Array.isArray(value) ? `[${value.map(item => dump(element, item)).join(' ')}]` : '<nil>'
}

function dumpMap(type: string, value: unknown): string {
  if (!isObject(value)) return '<nil>'
  const element = type.slice(type.indexOf(']') + 1)
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return `map[${keys.map(key => `${key}:${dump(element, value[key])}`).join(' ')}]`
}

function dumpScalar(type: string, value: unknown): string {
  if (/^u?int(32|64)?$/.test(type)) return String(value ?? 0)
  if (type === 'bool') return String(value ?? false)
  return String(value ?? '')
}

function dumpIntOrString(value: unknown): string {
  return typeof value === 'string'
    ? `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}`
    : `{Type:(intstr.Type)0 IntVal:(int32)${Number(value ?? 0)} StrVal:(string)}`
}

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const binaryExponents: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }

/** A quantity keeps its own text only where that is certain to be the canonical one. */
function dumpQuantity(value: unknown): string {
  if (value === undefined || value === null) return quantityText(0n, 0, '', '')
  const text = String(value)
  if (text === '0') return quantityText(0n, 0, '0', 'DecimalSI')
  const match = /^([+-]?)(\d*)\.?(\d*)(.*)$/.exec(text)
  const [, sign = '', whole = '', decimals = '', suffix = ''] = match ?? []
  const binary = binaryExponents[suffix]
  if (binary !== undefined) {
    const number = BigInt(`${sign}${whole}`)
    return quantityText(number << BigInt(binary), 0, number % 8n !== 0n ? text : '', 'BinarySI')
  }
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1]
  const digits = `${whole}${decimals}`
  const scale = (exponent === undefined ? (decimalExponents[suffix] ?? 0) : Number(exponent)) - decimals.length
  const isCanonical = scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
  const format = exponent === undefined ? 'DecimalSI' : 'DecimalExponent'
  return quantityText(BigInt(`${sign}${digits || '0'}`), scale, isCanonical ? text : '', format)
}

function quantityText(value: bigint, scale: number, text: string, format: string): string {
  const amount = `(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}}`
  const decimal = '(resource.infDecAmount){Dec:(*inf.Dec)<nil>}'
  return `{i:${amount} d:${decimal} s:(string)${text} Format:(resource.Format)${format}}`
}

/** The decimal digits in Kubernetes' safe alphabet, of which ten characters come up. */
function encode(sum: number): string {
  return [...String(sum)].map(digit => '456789bcdf'[Number(digit)]).join('')
}

function parseStruct(line: string): [string, readonly GoField[]] {
  const brace = line.indexOf('{')
  const fields = line.slice(brace + 1, -1).split(' ')
  return [line.slice(0, brace), fields.map(parseField)]
}

function parseField(text: string): GoField {
  const colon = text.indexOf(':')
  const [named = '', ...types] = [text.slice(0, colon), text.slice(colon + 1)]
  const isEmbedded = named.endsWith('~')
  const [name = '', key] = (isEmbedded ? named.slice(0, -1) : named).split('=')
  return { name, key: key ?? `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`, type: types.join(''), isEmbedded }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
