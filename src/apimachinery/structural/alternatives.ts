/** `anyOf`, `oneOf`, `allOf` and `not`, with the API's choice of which alternative's errors to report. */
import { invalid } from '../field-error.ts'
import { goQuote } from '../go-text.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import type { Correlation } from './correlation.ts'
import { Outcome, type ValueCheck } from './outcome.ts'

/** Compiles the alternatives of a schema; `compile` compiles each of them. Does nothing when there are none. */
export function compileAlternatives(schema: JsonSchema, compile: (schema: JsonSchema) => ValueCheck): ValueCheck {
  const { anyOf = [], oneOf = [], allOf = [], not } = schema
  if (anyOf.length + oneOf.length + allOf.length === 0 && !not) return () => {}
  const anyOfChecks = anyOf.map(compile)
  const oneOfChecks = oneOf.map(compile)
  const allOfChecks = allOf.map(compile)
  const notCheck = not && compile(not)
  return (value, path, old, outcome) => {
    const run = (check: ValueCheck) => runAlone(check, value, path, old)
    if (anyOfChecks.length > 0) checkAnyOf(anyOfChecks, run, path, outcome)
    if (oneOfChecks.length > 0) checkOneOf(oneOfChecks, run, path, outcome)
    if (allOfChecks.length > 0) checkAllOf(allOfChecks, run, path, outcome)
    if (notCheck && isFine(run(notCheck))) fail(outcome, path, 'must not validate the schema (not)')
  }
}

type Run = (check: ValueCheck) => Outcome

function checkAnyOf(checks: readonly ValueCheck[], run: Run, path: string, outcome: Outcome): void {
  let best: Outcome | undefined
  for (const check of checks) {
    const result = run(check)
    if (isFine(result)) return outcome.merge(result)
    if (!best || result.matches > best.matches) best = result
  }
  fail(outcome, path, 'must validate at least one schema (anyOf)')
  if (best) outcome.merge(best)
}

function checkOneOf(checks: readonly ValueCheck[], run: Run, path: string, outcome: Outcome): void {
  let best: Outcome | undefined
  let first: Outcome | undefined
  let valid = 0
  for (const result of checks.map(run)) {
    if (isFine(result)) {
      valid += 1
      first ??= result
      best = undefined
    } else if (valid === 0 && (!best || result.matches > best.matches)) {
      best = result
    }
  }
  if (valid === 1 && first) return outcome.merge(first)
  const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
  fail(outcome, path, `must validate one and only one schema (oneOf). ${found}`)
  if (best) outcome.merge(best)
}

function checkAllOf(checks: readonly ValueCheck[], run: Run, path: string, outcome: Outcome): void {
  const results = checks.map(run)
  for (const result of results) outcome.merge(result)
  const valid = results.filter(isFine).length
  if (valid === checks.length) return
  fail(outcome, path, `must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`)
}

function runAlone(check: ValueCheck, value: Json, path: string, old: Correlation | undefined): Outcome {
  const outcome = new Outcome(true)
  check(value, path, old, outcome)
  return outcome
}

function isFine(outcome: Outcome): boolean {
  return outcome.errors.length === 0
}

// The API reports these without a field: the path is in the sentence.
function fail(outcome: Outcome, path: string, problem: string): void {
  outcome.add(invalid('<nil>', '', `${goQuote(path)} ${problem}`))
}
