/** All topics of the suite, in the order in which they run. */
import type { Topic } from '../case.ts'
import { getTopic } from './get.ts'
import { applyTopic, changeTopic, createTopic } from './write.ts'

export const topics: readonly Topic[] = [getTopic, applyTopic, createTopic, changeTopic]
