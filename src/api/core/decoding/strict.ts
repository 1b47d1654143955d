/** What strict decoding complains of: the texts of fieldValidation=Strict and of its warnings. */
import type { Json } from '../../../apimachinery/meta.ts'
import { hasNoDuplicates, scanFields } from './duplicates.ts'

// The decoder stops counting there.
const most = 100

/**
 * `duplicate field "spec.replicas"` and `unknown field "spec.foo"` in the order of the text. With `Strict`, they make the
 * error `strict decoding error: ` and all of them joined by `, `; with `Warn`, each is a warning. `value` is what JSON.parse
 * made of the text.
 */
export function strictProblems(text: string, value: Json, unknownFields: readonly string[]): string[] {
  // Nearly all text is like that, and telling so is much less work than telling where a field stands.
  if (unknownFields.length === 0 && hasNoDuplicates(text, value)) return []
  const { duplicates, positions } = scanFields(text, new Set(unknownFields))
  const unknown = unknownFields.map(path => ({ at: positions.get(path) ?? 0, text: `unknown field ${quoted(path)}` }))
  if (duplicates.length === 0) return unknown.slice(0, most).map(problem => problem.text)
  return duplicates
    .map(path => ({ at: positions.get(`2 ${path}`) ?? 0, text: `duplicate field ${quoted(path)}` }))
    .concat(unknown)
    .sort((a, b) => a.at - b.at)
    .slice(0, most)
    .map(problem => problem.text)
}

function quoted(path: string): string {
  return JSON.stringify(path)
}
