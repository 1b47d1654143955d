/** What the members of one process have in common, so that it is made, and kept, once. */
import { customResourceDefinition } from '../apimachinery/crd.ts'
import type { CustomKind } from '../apimachinery/kind.ts'
import type { JsonObject } from '../apimachinery/meta.ts'
import { type InitialDefinitions, newInitialDefinitions } from './apiserver/crd/initial-definitions.ts'
import { newSchemaCache, type SchemaCompiler } from './apiserver/crd/schema-cache.ts'
import { newReaper, type Reaper } from './kubelet/reaper.ts'

/** The parts; close them after all members. */
export interface SharedParts {
  readonly definitions: InitialDefinitions
  readonly compileSchema: SchemaCompiler
  readonly reaper: Reaper
  /** Kills what the members have left behind. */
  close(): Promise<void>
}

/** The parts of members that have these kinds. */
export function newSharedParts(kinds: readonly CustomKind[]): SharedParts {
  const reaper = newReaper()
  return {
    // A manifest is JSON.
    definitions: newInitialDefinitions(kinds.map(kind => customResourceDefinition(kind) as unknown as JsonObject)),
    compileSchema: newSchemaCache(),
    reaper,
    close: () => reaper.close(),
  }
}
