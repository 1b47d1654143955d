/** Differences of texts in the unified format. */

const contextLines = 3

interface Change {
  readonly oldStart: number
  readonly oldEnd: number
  readonly newStart: number
  readonly newEnd: number
}

/** The hunks of a unified diff, with three lines of context and no file names; '' where nothing differs. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string {
  return groups(changes(before, after))
    .map(group => hunk(before, after, group))
    .join('')
}

function hunk(before: readonly string[], after: readonly string[], group: readonly Change[]): string {
  const [first, last] = [group[0], group.at(-1)]
  if (!first || !last) return ''
  const lead = Math.min(contextLines, first.oldStart)
  const tail = Math.min(contextLines, before.length - last.oldEnd)
  const [oldStart, newStart] = [first.oldStart - lead, first.newStart - lead]
  const lines = [`@@ -${range(oldStart, last.oldEnd + tail)} +${range(newStart, last.newEnd + tail)} @@`]
  let at = oldStart
  for (const change of group) {
    lines.push(...before.slice(at, change.oldStart).map(line => ` ${line}`))
    lines.push(...before.slice(change.oldStart, change.oldEnd).map(line => `-${line}`))
    lines.push(...after.slice(change.newStart, change.newEnd).map(line => `+${line}`))
    at = change.oldEnd
  }
  lines.push(...before.slice(at, last.oldEnd + tail).map(line => ` ${line}`))
  return `${lines.join('\n')}\n`
}

function range(start: number, end: number): string {
  const length = end - start
  if (length === 1) return String(start + 1)
  return `${length === 0 ? start : start + 1},${length}`
}

// Changes whose context would touch belong to one hunk.
function groups(all: readonly Change[]): Change[][] {
  const grouped: Change[][] = []
  for (const change of all) {
    const current = grouped.at(-1)
    const previous = current?.at(-1)
    if (current && previous && change.oldStart - previous.oldEnd <= 2 * contextLines) current.push(change)
    else grouped.push([change])
  }
  return grouped
}

/** What differs, by a longest common subsequence of the lines between the common start and end. */
function changes(before: readonly string[], after: readonly string[]): Change[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let [oldEnd, newEnd] = [before.length, after.length]
  while (oldEnd > start && newEnd > start && before[oldEnd - 1] === after[newEnd - 1]) {
    oldEnd -= 1
    newEnd -= 1
  }
  const rows = commonLengths(before.slice(start, oldEnd), after.slice(start, newEnd))
  const found: Change[] = []
  let [i, j] = [start, start]
  while (i < oldEnd || j < newEnd) {
    const [oldStart, newStart] = [i, j]
    while ((i < oldEnd || j < newEnd) && !(i < oldEnd && j < newEnd && before[i] === after[j])) {
      const skipsNew =
        j < newEnd && (i === oldEnd || at(rows, i - start, j - start + 1) >= at(rows, i - start + 1, j - start))
      if (skipsNew) j += 1
      else i += 1
    }
    if (i > oldStart || j > newStart) found.push({ oldStart, oldEnd: i, newStart, newEnd: j })
    while (i < oldEnd && j < newEnd && before[i] === after[j]) {
      i += 1
      j += 1
    }
  }
  return found
}

/** For every pair of positions, how many lines the rest from there has in common. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1))
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = rows[i]
      if (!row) continue
      row[j] = before[i] === after[j] ? at(rows, i + 1, j + 1) + 1 : Math.max(at(rows, i + 1, j), at(rows, i, j + 1))
    }
  }
  return rows
}

function at(rows: readonly Uint16Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0
}
