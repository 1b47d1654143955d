/** namespaces/finalize: where those that empty a namespace say that they are done. */
import { jsonEqual } from '../../../apimachinery/json.ts'
import { type ApiObject, asJson } from '../api-object.ts'
import type { Answer } from '../http/answer.ts'
import type { Call } from './call.ts'
import { readObject } from './decode.ts'
import { readWriteOptions } from './options.ts'
import { presentObject } from './present.ts'
import { currentEntry } from './read.ts'
import { finishRemoval, isHeld } from './removal.ts'
import { tableOf } from './write.ts'

/** PUT of namespaces/finalize: writes spec.finalizers; the last one takes a namespace that is being deleted with it. */
export async function finalizeNamespace(call: Call): Promise<Answer> {
  const options = readWriteOptions(call, 'UpdateOptions')
  const body = await readObject(call, options)
  const entry = currentEntry(call)
  const spec = { ...(entry.object['spec'] as object | undefined), finalizers: finalizersOf(body) }
  const next: ApiObject = { ...entry.object, spec }
  const table = tableOf(call)
  if (entry.object.metadata.deletionTimestamp !== undefined && !isHeld(next)) {
    if (!options.dryRun) finishRemoval(call.server, table, entry, next)
  } else if (!options.dryRun && !jsonEqual(asJson(next), asJson(entry.object))) {
    const written = call.server.store.put(table, entry.key, next)
    await call.server.store.settled()
    return presentObject(call, written, 200)
  }
  await call.server.store.settled()
  return { code: 200, mediaType: call.form.mediaType, value: next }
}

function finalizersOf(namespace: ApiObject): readonly string[] | undefined {
  const spec = namespace['spec'] as { readonly finalizers?: readonly string[] } | undefined
  return spec?.finalizers?.length ? spec.finalizers : undefined
}
