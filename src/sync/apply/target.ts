/** A cluster that manifests go to, and what becomes of them there. */
import type { Client } from '../../runtime/client.ts'
import type { InventoryEntry } from './identity.ts'
import type { ResourceMapper } from './resource-mapper.ts'

/** A cluster that manifests go to. */
export interface TargetCluster {
  readonly client: Client
  readonly mapper: ResourceMapper
}

/** What became of one object. */
export interface Change {
  readonly entry: InventoryEntry
  /** `Kind/namespace/name`. */
  readonly subject: string
  readonly action: 'created' | 'configured' | 'unchanged' | 'skipped'
}
