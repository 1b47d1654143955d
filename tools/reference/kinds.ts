// Every field of a kind as a Markdown table, from the schema that the CRD and the validation are made of.

import { isJsonArray, isJsonObject } from '../../src/apimachinery/json.ts'
import type { CustomKind } from '../../src/apimachinery/kind.ts'
import type { Json, JsonObject } from '../../src/apimachinery/meta.ts'

/** The page of a kind. */
export function kindPage(kind: CustomKind): string {
  const schema = kind.openAPIV3Schema as unknown as JsonObject // a schema is JSON
  const also = kind.alsoServed.map(({ version }) => version)
  return [
    `# ${kind.kind}`,
    '',
    `${textOf((kind.openAPIV3Schema as unknown as JsonObject)['description'])} \`${kind.group}/${kind.version}\`${also.length > 0 ? ` (served as ${also.join(', ')} too)` : ''}.`,
    '',
    ...['spec', 'status'].flatMap(part => tableOf(part, partOf(schema, part))),
    'Generated from the schema by `npm run generate`.',
    '',
  ].join('\n')
}

function partOf(schema: JsonObject, name: string): JsonObject | undefined {
  const properties = schema['properties']
  const part = isJsonObject(properties) ? properties[name] : undefined
  return isJsonObject(part) ? part : undefined
}

function tableOf(part: string, schema: JsonObject | undefined): readonly string[] {
  if (!schema) return []
  return [`## ${part}`, '', '| field | type | |', '| --- | --- | --- |', ...rowsOf(part, schema), '']
}

function rowsOf(path: string, schema: JsonObject): readonly string[] {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const required = isJsonArray(schema['required']) ? schema['required'] : []
  const rows = Object.entries(properties).flatMap(([name, field]) =>
    isJsonObject(field) ? rowOf(`${path}.${name}`, field, required.includes(name)) : [],
  )
  return rows
}

function rowOf(path: string, field: JsonObject, isRequired: boolean): readonly string[] {
  const notes = [isRequired ? 'required' : '', ...limitsOf(field), textOf(field['description'])].filter(Boolean)
  const row = `| \`${path}\` | ${typeOf(field)} | ${notes.join('; ').replaceAll('|', '\\|').replaceAll('\n', ' ')} |`
  const items = isJsonObject(field['items']) ? rowsOf(`${path}[]`, field['items']) : []
  const values = isJsonObject(field['additionalProperties']) ? rowsOf(`${path}.*`, field['additionalProperties']) : []
  return [row, ...rowsOf(path, field), ...items, ...values]
}

function typeOf(field: JsonObject): string {
  if (field['x-kubernetes-int-or-string'] === true) return 'integer or string'
  const type = textOf(field['type']) || 'any'
  if (type === 'array') return `list of ${isJsonObject(field['items']) ? typeOf(field['items']) : 'any'}`
  const values = field['additionalProperties']
  return type === 'object' && isJsonObject(values) ? `map of ${typeOf(values)}` : type
}

function limitsOf(field: JsonObject): readonly string[] {
  const one = (key: string, words: string) =>
    field[key] === undefined ? [] : [`${words} \`${JSON.stringify(field[key])}\``]
  const allowed = isJsonArray(field['enum'])
    ? [`one of ${field['enum'].map(value => `\`${textOf(value)}\``).join(', ')}`]
    : []
  const pattern = field['pattern'] === undefined ? [] : [`matches \`${textOf(field['pattern'])}\``]
  return [
    ...one('default', 'default'),
    ...allowed,
    ...one('minimum', 'at least'),
    ...one('maximum', 'at most'),
    ...one('minLength', 'characters at least'),
    ...one('maxLength', 'characters at most'),
    ...one('minItems', 'items at least'),
    ...pattern,
  ]
}

const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
