/** Definitions of kinds, for a real API server. */
import { CustomResourceDefinition } from '../../src/api/core/apiextensions-v1.ts'
import { customResourceDefinition } from '../../src/apimachinery/crd.ts'
import type { CustomKind } from '../../src/apimachinery/kind.ts'
import type { Client } from '../../src/runtime/client.ts'

/** Theirs, as the chart has them. */
export function definitionsOf(kinds: readonly CustomKind[]): readonly CustomResourceDefinition[] {
  return kinds.map(kind => customResourceDefinition(kind) as CustomResourceDefinition)
}

/** Creates them. */
export async function installKinds(client: Client, definitions: readonly CustomResourceDefinition[]): Promise<void> {
  for (const definition of definitions) await client.create(CustomResourceDefinition, definition)
}
