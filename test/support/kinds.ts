/** Definitions of kinds, for a cluster that has only Kubernetes' own. */
import { CustomResourceDefinition } from '../../src/api/core/apiextensions-v1.ts'
import { customResourceDefinition } from '../../src/apimachinery/crd.ts'
import type { CustomKind } from '../../src/apimachinery/kind.ts'
import type { Client } from '../../src/runtime/client.ts'
import { eventually } from './eventually.ts'

/** Theirs, as the chart has them. */
export function definitionsOf(kinds: readonly CustomKind[]): readonly CustomResourceDefinition[] {
  return kinds.map(kind => customResourceDefinition(kind) as CustomResourceDefinition) // as they are sent
}

/** That of a kind of somebody else, in version v1alpha1, as far as tests mind it: its objects may hold anything. */
export function openDefinition(group: string, kind: string): CustomResourceDefinition {
  const singular = kind.toLowerCase()
  const plural = `${singular}s`
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } as const
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular, listKind: `${kind}List` },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  }
}

/** Brings definitions, and waits until the API has taken them all. */
export async function installDefinitions(
  client: Client,
  definitions: readonly CustomResourceDefinition[],
): Promise<void> {
  for (const definition of definitions) {
    await client.apply(CustomResourceDefinition, definition, { fieldManager: 'serin-tests', force: true })
  }
  for (const { metadata } of definitions) {
    const name = metadata?.name ?? ''
    const isEstablished = async () => {
      const { status } = await client.fetch(CustomResourceDefinition, { name })
      return status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')
    }
    await eventually(`${name} is established`, isEstablished, 60_000)
  }
}
