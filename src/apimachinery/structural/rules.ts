/** The rules of a schema (`x-kubernetes-validations`): CEL expressions about a value and, on update, its old one. */
import { type Environment, Optional, type ParseResult } from '@marcbachmann/cel-js'
import { duplicate, type FieldError, forbidden, invalid, required } from '../field-error.ts'
import { goValue } from '../go-text.ts'
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema, ValidationRule } from '../schema.ts'
import type { Correlation } from './correlation.ts'
import { resolveFieldPath } from './field-path.ts'
import { newRuleEnvironment, withOwnFunctions } from './rule-functions.ts'
import { type CelValue, RuleValues } from './rule-values.ts'

/** Checks a whole object by its rules. `old` and `correlation` are absent on create. */
export type RulesCheck = (
  value: Json,
  old: Json | undefined,
  correlation: Correlation | undefined,
  errors: FieldError[],
) => void

/** Compiles all rules of a schema; undefined when it has none. A rule that is no CEL fails on each object. */
export function compileRules(schema: JsonSchema): RulesCheck | undefined {
  if (!hasRules(schema)) return undefined
  const environment = newRuleEnvironment()
  const node = compileNode(schema, { environment, values: new RuleValues(environment) }, true)
  return (value, old, correlation, errors) => {
    node?.({ value, old, path: '', errors, correlation, parent: undefined })
  }
}

interface Kit {
  readonly environment: Environment
  readonly values: RuleValues
}

interface Visit {
  readonly value: Json
  readonly old: Json | undefined
  readonly path: string
  readonly errors: FieldError[]
  /** The pair with the old value, where there is one; else `parent` is the nearest pair above. */
  readonly correlation: Correlation | undefined
  readonly parent: Correlation | undefined
}

type NodeCheck = (visit: Visit) => void

function compileNode(schema: JsonSchema, kit: Kit, isRoot: boolean): NodeCheck | undefined {
  const rules = (schema['x-kubernetes-validations'] ?? []).map(rule => compileRule(rule, schema, kit.environment))
  const properties = new Map<string, NodeCheck>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const check = compileNode(property, kit, false)
    if (check) properties.set(name, check)
  }
  const { additionalProperties, items } = schema
  const additional =
    typeof additionalProperties === 'object' ? compileNode(additionalProperties, kit, false) : undefined
  const item = items && compileNode(items, kit, false)
  const allOf = (schema.allOf ?? []).flatMap(part => compileNode(withSpine(part, schema), kit, isRoot) ?? [])
  if (rules.length === 0 && properties.size === 0 && !additional && !item && allOf.length === 0) return undefined
  const convert = (value: Json) => (isRoot ? kit.values.root(schema, value) : kit.values.convert(schema, value))
  return visit => {
    if (visit.value === null) return
    if (rules.length > 0) runRules(rules, convert, visit)
    for (const check of allOf) check({ ...visit, correlation: undefined })
    visitChildren(visit, properties, additional, item)
  }
}

function visitChildren(
  { value, old, path, errors, correlation, parent }: Visit,
  properties: ReadonlyMap<string, NodeCheck>,
  additional: NodeCheck | undefined,
  item: NodeCheck | undefined,
): void {
  const above = correlation ?? parent
  if (isJsonArray(value)) {
    if (!item) return
    for (const [i, child] of value.entries()) {
      const pair = correlation?.index(i)
      item({ value: child, old: pair?.old, path: `${path}[${i}]`, errors, correlation: pair, parent: above })
    }
  } else if (isJsonObject(value)) {
    const oldFields = isJsonObject(old) ? old : {}
    for (const [key, child] of Object.entries(value)) {
      const property = properties.get(key)
      const check = property ?? additional
      const oldChild = Object.hasOwn(oldFields, key) ? oldFields[key] : undefined
      const childPath = !property ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
      const pair = path === '' && (key === 'apiVersion' || key === 'kind') ? undefined : correlation?.key(key)
      check?.({ value: child, old: oldChild, path: childPath, errors, correlation: pair, parent: above })
    }
  }
}

interface CompiledRule {
  readonly rule: ValidationRule
  readonly program: ParseResult | undefined
  readonly compileError: string | undefined
  readonly message: ParseResult | undefined
  readonly usesOldSelf: boolean
  readonly type: string
  /** Where the rule's errors go, from the value on. */
  readonly fieldPath: string
}

function compileRule(rule: ValidationRule, schema: JsonSchema, environment: Environment): CompiledRule {
  const compiled = parseRule(rule.rule, environment)
  const message = rule.messageExpression ? parseRule(rule.messageExpression, environment) : undefined
  return {
    rule,
    program: compiled.program,
    compileError: compiled.error,
    message: message?.program,
    usesOldSelf: /\boldSelf\b/.test(rule.rule.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '')),
    type: schema.type ?? '',
    fieldPath: (rule.fieldPath && resolveFieldPath(schema, rule.fieldPath)) ?? '',
  }
}

/** Parses one rule or message expression; `error` is one line. */
export function parseRule(
  text: string,
  environment: Environment = newRuleEnvironment(),
): { readonly program: ParseResult | undefined; readonly error: string | undefined } {
  try {
    return { program: environment.parse(withOwnFunctions(text)), error: undefined }
  } catch (error) {
    return { program: undefined, error: summaryOf(error) }
  }
}

function runRules(rules: readonly CompiledRule[], convert: (value: Json) => CelValue, visit: Visit): void {
  const { value, old, path, errors, correlation, parent } = visit
  const self = convert(value)
  const oldSelf = old === undefined || old === null ? undefined : convert(old)
  const field = path === '' ? '<nil>' : path
  for (const compiled of rules) {
    const { rule, program, type } = compiled
    if (!program) {
      errors.push(invalid(field, type, `rule compile error: ${compiled.compileError}`))
      continue
    }
    if (compiled.usesOldSelf && oldSelf === undefined && !rule.optionalOldSelf) continue
    const variables = { self, oldSelf: rule.optionalOldSelf ? toOptional(oldSelf) : oldSelf }
    const result = evaluate(program, variables)
    if (result.kind === 'value' && result.value === true) continue
    if (result.kind === 'error') {
      errors.push(invalid(field, type, `${result.problem} evaluating rule: ${nameOf(rule)}`))
      continue
    }
    // A rule about the value alone is not held against what was there before.
    if (!compiled.usesOldSelf && (correlation ?? parent)?.isUnchanged()) continue
    errors.push(failure(compiled, path, value, detailOf(compiled, variables)))
  }
}

type Evaluation =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly problem: string }

function evaluate(program: ParseResult, variables: Readonly<Record<string, CelValue>>): Evaluation {
  try {
    return { kind: 'value', value: program(variables) }
  } catch (error) {
    return { kind: 'error', problem: summaryOf(error) }
  }
}

function detailOf({ rule, message }: CompiledRule, variables: Readonly<Record<string, CelValue>>): string {
  const expressed = message && evaluate(message, variables)
  if (expressed?.kind === 'value' && typeof expressed.value === 'string') {
    const text = expressed.value.trim()
    if (text !== '' && text.length <= maxMessageLength && !/[\n\r]/.test(text)) return text
  }
  return rule.message ? rule.message.trim() : `failed rule: ${nameOf(rule)}`
}

// The API's limit for what a messageExpression may give, in bytes.
const maxMessageLength = 5 * 1024

function failure({ rule, type, fieldPath }: CompiledRule, path: string, value: Json, detail: string): FieldError {
  const at = `${path}${fieldPath}`.replace(/^\./, '')
  const field = at === '' ? '<nil>' : at
  // Objects and lists are left out of the message.
  const isCompound = type === 'object' || type === 'array'
  switch (rule.reason) {
    case 'FieldValueRequired':
      return required(field, detail)
    case 'FieldValueForbidden':
      return forbidden(field, detail)
    case 'FieldValueDuplicate':
      return isCompound ? { type: 'FieldValueDuplicate', field, message: 'Duplicate value' } : duplicate(field, value)
    default: {
      const shown = isCompound ? '' : `${goValue(value)}: `
      return { type: 'FieldValueInvalid', field, message: `Invalid value: ${shown}${detail}` }
    }
  }
}

function nameOf(rule: ValidationRule): string {
  return (rule.message || rule.rule).trim()
}

function toOptional(value: CelValue): CelValue {
  return value === undefined ? Optional.none() : Optional.of(value)
}

// The API words what the library says in another way.
const apiWords: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^No such key: /, 'no such key: '],
  [/^Invalid duration string: .*$/, "type conversion error from 'string' to 'google.protobuf.Duration'"],
  [/^timestamp\(\) requires .*$/, "type conversion error from 'string' to 'google.protobuf.Timestamp'"],
]

function summaryOf(error: unknown): string {
  const { message } = error as Error
  const summary = error instanceof Error && 'summary' in error ? String(error.summary) : message
  const line = summary.split('\n')[0] ?? ''
  return apiWords.reduce((text, [pattern, words]) => text.replace(pattern, words), line)
}

/** A part of `allOf` has the rules; what the values are stands in the schema around it. */
function withSpine(part: JsonSchema, schema: JsonSchema): JsonSchema {
  return {
    ...schema,
    properties: mergeSpines(part.properties, schema.properties),
    ...(part.items && schema.items ? { items: withSpine(part.items, schema.items) } : {}),
    'x-kubernetes-validations': part['x-kubernetes-validations'] ?? [],
    allOf: part.allOf ?? [],
  }
}

function mergeSpines(
  parts: JsonSchema['properties'] = {},
  spine: JsonSchema['properties'] = {},
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(spine).map(([name, property]) => [name, withSpine(parts[name] ?? {}, property)]),
  )
}

// Rules in `allOf` alone do not count: the API looks at them only where the schema has others.
function hasRules(schema: JsonSchema): boolean {
  const { properties = {}, additionalProperties, items } = schema
  return (
    (schema['x-kubernetes-validations'] ?? []).length > 0 ||
    Object.values(properties).some(hasRules) ||
    (typeof additionalProperties === 'object' && hasRules(additionalProperties)) ||
    (items !== undefined && hasRules(items))
  )
}
