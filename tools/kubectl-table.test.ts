import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { kubectlReference } from './kubectl-table.ts'

it('docs/reference/kubectl.md lists the commands of the suite (tools/kubectl-reference.ts writes it)', () => {
  assert.equal(readFileSync('docs/reference/kubectl.md', 'utf8'), kubectlReference())
})
