/** The commands that a guide tells its readers to run. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** Lines of the indented blocks of `docs/guide/NAME.md` that begin with `program`. */
export function commandsOf(name: string, program: string): readonly string[] {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/guide', `${name}.md`), 'utf8')
  const lines = text.split('\n').filter(line => line.startsWith(`    ${program} `))
  return lines.map(line => line.trim())
}
