/** The hooks of a rollout that it waits for. */
import { webhookTypes } from '../../src/api/flagger/canary-analysis.ts'

/** All of them, each by its own word: none is left to the default, and an `event` hook only hears. */
export const hookTypes = webhookTypes.filter(type => type !== '' && type !== 'event')
