import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { customResourceDefinition } from './crd.ts'
import { validateDefinition } from './crd-validation.ts'
import { type FieldError, toText } from './field-error.ts'
import { customKind } from './kind.ts'
import type { JsonObject } from './meta.ts'
import { integer, object, string } from './schema.ts'

/** A CRD and the errors that the validation of kube-apiserver 1.37.2 has for it, in no particular order. */
interface Recorded {
  readonly crd: JsonObject
  readonly errors: readonly FieldError[]
}

const recorded = readFileSync(path.join(import.meta.dirname, 'structural/testdata/recorded-definitions.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded)

function sorted(errors: readonly FieldError[]): string[] {
  return errors.map(error => `${error.type} ${toText(error)}`).sort()
}

describe('a CRD is refused as kube-apiserver refuses it', () => {
  for (const [i, { crd, errors }] of recorded.entries()) {
    const title = errors.length === 0 ? 'accepted' : errors.map(toText).join('; ').slice(0, 160)
    it(`${i + 1}: ${title}`, () => assert.deepEqual(sorted(validateDefinition(crd)), sorted(errors)))
  }
})

describe('the CRD of a kind', () => {
  const kind = customKind({
    group: 'example.com',
    version: 'v2',
    kind: 'Ship',
    plural: 'ships',
    shortNames: ['sh'],
    spec: object({ replicas: integer(), name: string() }, { required: ['name'] }),
    status: object({ replicas: integer() }),
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
    columns: [{ name: 'Name', type: 'string', jsonPath: '.spec.name' }],
    alsoServed: [{ version: 'v1', deprecated: true }],
    crdAnnotations: { note: 'x' },
  })
  const crd = customResourceDefinition(kind)

  it('stores its own version and serves the others', () => {
    assert.deepEqual(crd.metadata, { name: 'ships.example.com', annotations: { note: 'x' } })
    assert.deepEqual(crd.spec.names, {
      kind: 'Ship',
      listKind: 'ShipList',
      plural: 'ships',
      singular: 'ship',
      shortNames: ['sh'],
    })
    assert.deepEqual(
      crd.spec.versions.map(({ name, served, storage, deprecated }) => ({ name, served, storage, deprecated })),
      [
        { name: 'v2', served: true, storage: true, deprecated: undefined },
        { name: 'v1', served: true, storage: false, deprecated: true },
      ],
    )
    assert.deepEqual(crd.spec.versions[0]?.subresources, { status: {}, scale: kind.scale })
  })

  it('passes validation', () => assert.deepEqual(validateDefinition(crd as unknown as JsonObject), []))
})
