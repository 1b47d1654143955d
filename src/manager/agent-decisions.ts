/** What `/api/v1/canaries/<namespace>/<name>/decisions` of an agent holds, for those who ask it. */
import type { DecisionEntry as Entry } from '../controllers/canary/decision-log.ts'

/** One decision. */
export type DecisionEntry = Entry
