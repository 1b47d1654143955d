/** Reading the values of a HelmRelease. They come from the host, whichever cluster the release goes to. */
import type { HelmRelease } from '../../api/helm/v2.ts'
import type { JsonObject } from '../../apimachinery/meta.ts'
import type { Client } from '../../runtime/client.ts'
import { mergedValues, type ReadValues, ValuesError } from '../../sync/helm/values.ts'
import { fetchEntries } from '../../sync/secrets.ts'

/** The merged values. @throws ValuesError */
export async function fetchValues(
  { spec, metadata }: HelmRelease,
  client: Client,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { namespace = '' } = metadata ?? {}
  const entries: ReadValues[] = []
  for (const { kind, name, valuesKey = 'values.yaml', targetPath, optional, literal } of spec.valuesFrom ?? []) {
    const data = await fetchEntries(client, kind, { namespace, name }, signal)
    const text = data?.[valuesKey]
    if (text === undefined) {
      if (optional) continue
      const resource = kind === 'Secret' ? 'secrets' : 'configmaps'
      const why = data ? `key not found` : `${resource} ${JSON.stringify(name)} not found`
      throw new ValuesError(
        `could not resolve ${kind} chart values reference '${namespace}/${name}' with key '${valuesKey}': ${why}`,
      )
    }
    entries.push({ text, ...(targetPath ? { targetPath } : {}), ...(literal ? { literal } : {}) })
  }
  return mergedValues(entries, (spec.values ?? {}) as JsonObject) // Any JSON, as the API has it.
}
