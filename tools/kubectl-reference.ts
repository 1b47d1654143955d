// Writes docs/reference/kubectl.md: every kubectl command of the conformance suite.
//
//   tools/kubectl-reference.ts [--check]
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { kubectlReference } from './kubectl-table.ts'

const file = 'docs/reference/kubectl.md'
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const wanted = kubectlReference()
if (!values.check) await writeFile(file, wanted)
else if ((await readFile(file, 'utf8')) !== wanted) {
  process.stderr.write(`${file} is out of date: run tools/kubectl-reference.ts\n`)
  process.exit(1)
}
