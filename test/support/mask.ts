/** Hides what legitimately differs between two runs (times, uids, versions), so that the rest can be compared whole. */
import type { Json } from '../../src/apimachinery/meta.ts'

const replacements: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000( UTC)?/g, '<time>'],
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000/g, '<time>'],
  [/(resourceVersion\\*"?: ?\\*")\d+/g, '$1<version>'],
  [/(ResourceVersion in record \()\d+/g, '$1<version>'],
  [/(resource version: \d+, current: )\d+/g, '$1<version>'],
  [/(Resource Version: +)\d+/g, '$1<version>'],
  [/(Server Version: v[\d.]+)\+\w+/g, '$1'],
  [/https:\/\/(127\.0\.0\.1|localhost):\d+/g, 'https://SERVER'],
  [/\b127\.0\.0\.1:\d+/g, 'SERVER'],
  [/[^\s"]*\/(LIVE|MERGED)-\d+\//g, '$1/'],
  [/[^\s"]*kubectl-edit-\d+\.yaml/g, 'kubectl-edit.yaml'],
  [/[^\s"]*\/serin-kubectl-\w+/g, 'HOME'],
]

/** Hides them in text that kubectl printed. Ages become `0s` of the same width, so that columns stay where they are. */
export function maskText(text: string): string {
  return inOrder(
    maskAges(sortedDumps(replacements.reduce((masked, [pattern, by]) => masked.replace(pattern, by), text))),
  )
}

const ageOnly = /^(\d+[smhd])+$/

/** Hides them in an object of the API or a list of such. */
export function maskJson(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskJson)
  if (typeof value === 'string') return maskText(value)
  if (value === null || typeof value !== 'object') return value
  // A column of a table: its text belongs to the server's version.
  const isColumn = 'format' in value && 'priority' in value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === 'cells' && Array.isArray(inner)
        ? [key, inner.map(cell => (typeof cell === 'string' && ageOnly.test(cell) ? '0s' : maskJson(cell)))]
        : isColumn && key === 'description'
          ? [key, '<text>']
          : key === 'resourceVersion' && typeof inner === 'string' && /^[1-9]\d*$/.test(inner)
            ? [key, '<version>']
            : [key, maskJson(inner)],
    ),
  )
}

/** Puts managers in the order of their names: they stand in that of their times, and those may fall into one second. */
export function managersInOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(managersInOrder)
  if (value === null || typeof value !== 'object') return value
  const nameOf = (entry: Json) => JSON.stringify(withSortedKeys(entry))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === 'managedFields' && Array.isArray(inner)
        ? [key, inner.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))]
        : [key, managersInOrder(inner)],
    ),
  )
}

/** Sorts the keys of whole objects that messages hold as quoted JSON: they stand in an order of chance. */
function sortedDumps(text: string): string {
  return text.replace(/(?<=Invalid value: )"\{(?:[^"\\]|\\.)*\}"/g, dump => {
    const object: Json = JSON.parse(JSON.parse(dump))
    return JSON.stringify(JSON.stringify(withSortedKeys(object)))
  })
}

function withSortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(withSortedKeys)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, inner]) => [key, withSortedKeys(inner)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Sorts the causes of a refusal, which stand in lines below each other: their order may be one of chance. */
function inOrder(text: string): string {
  return text.replace(/(?:^! \* .*\n?)+/gm, causes => {
    const end = causes.endsWith('\n') ? '\n' : ''
    return causes.trimEnd().split('\n').sort().join('\n') + end
  })
}

/** Leaves names and types of what `kubectl explain` prints: the texts belong to the server's version. */
export function hideProse(text: string): string {
  let section = ''
  return text
    .split('\n')
    .filter(line => {
      section = /^([A-Z]+):/.exec(line)?.[1] ?? section
      if (/^[$!A-Z]/.test(line)) return true
      if (section === 'DESCRIPTION') return false
      return section !== 'FIELDS' || line.includes('\t<') || line.includes('enum: ')
    })
    .join('\n')
}

/** In tables, the cells below `AGE` and `LAST SEEN`; without a header, a last cell that looks like one. */
function maskAges(text: string): string {
  let columns: readonly number[] = []
  return text
    .split('\n')
    .map(line => {
      const header = /^[A-Z][A-Z0-9()%/ -]*$/.test(line) ? [...line.matchAll(/\b(AGE|LAST SEEN)(?=\s|$)/g)] : []
      if (header.length > 0) {
        columns = header.map(match => match.index)
        return line
      }
      if (columns.length === 0) return line.replace(/(?<= {2})(\d+[smhd])+$/, '0s')
      return columns.reduce((masked, column) => maskAgeAt(masked, column), line)
    })
    .join('\n')
}

function maskAgeAt(line: string, column: number): string {
  const age = /^(\d+[smhd])+/.exec(line.slice(column))?.[0]
  if (!age) return line
  const isLast = column + age.length === line.trimEnd().length
  return line.slice(0, column) + (isLast ? '0s' : '0s'.padEnd(age.length)) + line.slice(column + age.length)
}
