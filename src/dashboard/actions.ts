/** Pausing, resuming, promoting, aborting and retrying: edits of the Canary, which the engine acts upon. */
import { Canary } from '../api/flagger/v1beta1.ts'
import type { JsonObject, ObjectRef } from '../apimachinery/meta.ts'
import { type Client, isConflict } from '../runtime/client.ts'
import { HttpError } from '../runtime/http-server.ts'
import { whyNot } from './allowed-actions.ts'
import { rolloutItem } from './rollout-item.ts'
import type { ActionName } from './wire.ts'

/** The engine writes the status too, only ever on what it has read; so one of the two tries again. */
const maxAttempts = 5

/**
 * Carries out the action through `client`.
 * @throws HttpError 409 where it makes no sense as the rollout stands; ApiError as the API answers
 */
export async function carryOut(action: ActionName, client: Client, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const canary = await client.fetch(Canary, ref, { signal })
    const reason = whyNot(action, rolloutItem('', canary, undefined))
    if (reason) throw new HttpError(409, reason)
    try {
      return await write(action, client, ref, canary, signal)
    } catch (error) {
      if (!isConflict(error) || attempt === maxAttempts) throw error
    }
  }
}

async function write(action: ActionName, client: Client, ref: ObjectRef, canary: Canary, signal: AbortSignal) {
  const { resourceVersion = '' } = canary.metadata
  const options = { fieldManager: 'serin-dashboard', signal }
  if (action === 'pause' || action === 'resume') {
    const body = { metadata: { resourceVersion }, spec: { suspend: action === 'pause' } }
    await client.patch(Canary, ref, { type: 'merge', body }, options)
  } else {
    const body = { metadata: { resourceVersion }, status: statusOf(action, canary) }
    await client.patch(Canary, ref, { type: 'merge', body }, { ...options, subresource: 'status' })
  }
}

function statusOf(action: 'promote' | 'abort' | 'retry', canary: Canary): JsonObject {
  switch (action) {
    case 'promote':
      return promoted
    case 'abort':
      return failed(canary)
    case 'retry':
      return forgotten
  }
}

/** The engine does not know the target's revision any more, so it is a new one. */
const forgotten: JsonObject = { lastAppliedSpec: '' }

/** From this phase on the engine copies the revision to the primary and gives it all traffic. */
const promoted: JsonObject = { phase: 'Promoting' }

/** As many failed checks as the analysis bears: the engine rolls back. */
function failed({ spec }: Canary): JsonObject {
  return { failedChecks: Math.max(1, spec.analysis.threshold ?? 0) }
}
