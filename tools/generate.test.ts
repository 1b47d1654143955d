import assert from 'node:assert/strict'
import path from 'node:path'
import { it } from 'node:test'
import { outdatedFiles } from './generate.ts'

it('deploy/crds says what src/api says', () => {
  assert.deepEqual(outdatedFiles(path.dirname(import.meta.dirname)), [])
})
