/** The schemas of the built-in kinds, read on demand from definitions.json. */
import { apiVersionOf, type GroupVersionKind } from '../../apimachinery/meta.ts'
import type { OpenApiSchema } from '../../apimachinery/openapi-schema.ts'

/** A definition's full name and its schema. */
export interface NamedSchema {
  readonly name: string
  readonly schema: OpenApiSchema
}

/** The schemas of all built-in kinds and of what they are made of. */
export interface Definitions {
  /** Every definition by its full name, such as `io.k8s.api.apps.v1.DeploymentSpec`. */
  readonly all: Readonly<Record<string, OpenApiSchema>>
  /** The definition with this full name. Throws {@link UnknownDefinitionError} if there is none. */
  resolve(name: string): OpenApiSchema
  /** The schema of a kind with its name; undefined where the kind is not built in. */
  find(gvk: GroupVersionKind): NamedSchema | undefined
  /** The schema of a built-in kind. Throws {@link UnknownDefinitionError} for any other. */
  schemaOf(gvk: GroupVersionKind): OpenApiSchema
}

/** A name or kind that no definition has. */
export class UnknownDefinitionError extends Error {
  override readonly name = 'UnknownDefinitionError'
  readonly reason = 'UnknownDefinition'
  constructor(wanted: string) {
    super(`no built-in definition of ${wanted}`)
  }
}

/** Reads the definitions: 0.7 MB of text, parsed once in a process however often this is called. */
export async function loadDefinitions(): Promise<Definitions> {
  const { default: data } = await import('./definitions.json', { with: { type: 'json' } })
  // The type that is inferred from the text says nothing that OpenApiSchema does not; the generator wrote this form.
  return newDefinitions(data as unknown as Readonly<Record<string, OpenApiSchema>>)
}

/** Builds the accessors over definitions by name. */
export function newDefinitions(all: Readonly<Record<string, OpenApiSchema>>): Definitions {
  const byKind = new Map<string, NamedSchema>()
  for (const [name, schema] of Object.entries(all)) {
    for (const gvk of schema['x-kubernetes-group-version-kind'] ?? []) byKind.set(keyOfKind(gvk), { name, schema })
  }
  const find = (gvk: GroupVersionKind) => byKind.get(keyOfKind(gvk))
  return {
    all,
    find,
    resolve(name) {
      const schema = all[name]
      if (!schema) throw new UnknownDefinitionError(name)
      return schema
    },
    schemaOf(gvk) {
      const found = find(gvk)
      if (!found) throw new UnknownDefinitionError(`${apiVersionOf(gvk)} ${gvk.kind}`)
      return found.schema
    },
  }
}

function keyOfKind(gvk: GroupVersionKind): string {
  return `${gvk.group}/${gvk.version}/${gvk.kind}`
}
