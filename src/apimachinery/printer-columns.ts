/** The cells that `kubectl get` shows for a custom object. */
import { goJson, goNumber } from './go-text.ts'
import { findJsonPath } from './jsonpath.ts'
import { JsonPathError, parseJsonPath } from './jsonpath-parser.ts'
import type { PrinterColumn } from './kind.ts'
import type { Json } from './meta.ts'
import { fromTimestamp, humanDuration } from './time.ts'

/** The column that a kind without columns of its own gets. */
export const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** Makes the cells of one column. `now` is what ages count from. Null stands for an empty cell. */
export type CellPrinter = (object: Json, now: Date) => Json

/** Prepares a column; a malformed path makes empty cells. */
export function compileColumn(column: PrinterColumn): CellPrinter {
  const path = readOrUndefined(() => parseJsonPath(column.jsonPath))
  return (object, now) => {
    const value = path && readOrUndefined(() => findJsonPath(path, object)[0])
    if (value === undefined) return null
    return column.type === 'string' ? textOf(value) : cellOf(column.type, value, now)
  }
}

function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof JsonPathError) return undefined
    throw error
  }
}

function textOf(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return goNumber(value)
  return value === null ? '<no value>' : goJson(value)
}

function cellOf(type: PrinterColumn['type'], value: Json, now: Date): Json {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      return typeof value === 'string' ? ageOf(value, now) : null
    default:
      return typeof value === 'string' ? value : null
  }
}

function ageOf(timestamp: string, now: Date): string {
  if (timestamp === '') return '<unknown>'
  const time = /^\d{4}-\d{2}-\d{2}T/.test(timestamp) ? fromTimestamp(timestamp) : undefined
  return time ? humanDuration(now.getTime() - time.getTime()) : '<invalid>'
}
