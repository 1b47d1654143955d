/** All topics of the suite, in the order in which they run. */
import type { Topic } from '../case.ts'
import { collectTopic } from './collecting.ts'
import { coreValidation } from './core-validation.ts'
import { crdTopic } from './crd.ts'
import { deleteTopic } from './delete.ts'
import { bodyErrors, requestErrors } from './errors.ts'
import { getTopic } from './get.ts'
import { groupValidation } from './group-validation.ts'
import { describeTopic, discoveryTopic, explainTopic } from './inspect.ts'
import { listTopic } from './listing.ts'
import { metadataValidation } from './metadata-validation.ts'
import { ownershipTopic } from './ownership.ts'
import { deletionRules, subresourceRules, writeRules } from './rules.ts'
import { watchTopic } from './watching.ts'
import { applyTopic, changeTopic, createTopic } from './write.ts'

export const topics: readonly Topic[] = [
  getTopic,
  applyTopic,
  createTopic,
  changeTopic,
  deleteTopic,
  describeTopic,
  explainTopic,
  discoveryTopic,
  crdTopic,
  writeRules,
  subresourceRules,
  deletionRules,
  collectTopic,
  listTopic,
  watchTopic,
  ownershipTopic,
  requestErrors,
  bodyErrors,
  metadataValidation,
  coreValidation,
  groupValidation,
]
