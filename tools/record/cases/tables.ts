/** All tables of cases, by the name of the file that they are recorded to. */
import type { BaseName, Changes } from '../base-objects.ts'
import { accepted } from './accepted.ts'
import { configCases } from './config.ts'
import { containerCases } from './containers.ts'
import { decodingCases } from './decoding.ts'
import { metadataCases } from './metadata.ts'
import { otherCases } from './others.ts'
import { podCases } from './pods.ts'
import { scalingCases } from './scaling.ts'
import { serviceCases } from './services.ts'
import { updateCases } from './updates.ts'
import { volumeCases } from './volumes.ts'
import { workloadCases } from './workloads.ts'

/** Creates an object made from a base object; with `update`, changes it further and updates it. */
export type CaseTable = readonly Case[]

/** One case. */
export type Case = CreateCase | UpdateCase

/** An object that is created. */
export interface CreateCase {
  readonly name: string
  readonly base: BaseName
  readonly with?: Changes
}

/** An object that is created and updated. */
export interface UpdateCase extends CreateCase {
  /** What the update changes in what the server answered. */
  readonly update: Changes
  /** The update starts from what was sent, not from what the server answered. */
  readonly afresh?: true
  /** The subresource that is written. */
  readonly part?: 'status'
}

/** Every table. */
export const tables: Readonly<Record<string, CaseTable>> = {
  accepted,
  config: configCases,
  containers: containerCases,
  decoding: decodingCases,
  metadata: metadataCases,
  others: otherCases,
  pods: podCases,
  scaling: scalingCases,
  services: serviceCases,
  updates: updateCases,
  volumes: volumeCases,
  workloads: workloadCases,
}
