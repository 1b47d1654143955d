import assert from 'node:assert/strict'
import path from 'node:path'
import { it } from 'node:test'
import { outdatedFiles } from './generate.ts'

it('what is generated says what the sources say', () => {
  assert.deepEqual(outdatedFiles(path.dirname(import.meta.dirname)), [])
})
