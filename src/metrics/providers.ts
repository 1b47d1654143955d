/** Providers by type and options, and their queries shared between all who ask the same at the same time. */
import { sha256Hex } from '../apimachinery/canonical-json.ts'
import { orAbort } from '../runtime/abort.ts'
import { newLruMap } from '../runtime/lru-map.ts'
import { newCloudWatch } from './cloudwatch.ts'
import { newDatadog } from './datadog.ts'
import { newDynatrace } from './dynatrace.ts'
import { newGraphite } from './graphite.ts'
import { newInfluxdb } from './influxdb.ts'
import { newNewRelic } from './newrelic.ts'
import { newPrometheus } from './prometheus.ts'
import {
  type MetricProvider,
  ProviderConfigError,
  type ProviderDeps,
  type ProviderFactory,
  type ProviderOptions,
  type QueryResult,
} from './provider.ts'
import { newSplunk } from './splunk.ts'
import { newStackdriver } from './stackdriver.ts'

/** Providers by `spec.provider.type` of a MetricTemplate. */
export const providerFactories: Readonly<Record<string, ProviderFactory>> = {
  prometheus: newPrometheus,
  cloudwatch: newCloudWatch,
  datadog: newDatadog,
  dynatrace: newDynatrace,
  graphite: newGraphite,
  influxdb: newInfluxdb,
  newrelic: newNewRelic,
  splunk: newSplunk,
  stackdriver: newStackdriver,
}

/** Gives providers; equal options give the same one. */
export interface MetricProviders {
  /** @throws ProviderConfigError where the type is not supported, or its options cannot work */
  provider(options: ProviderOptions): MetricProvider
}

/** An answer counts for all who ask within this time: canaries of one interval come due together. */
const sharedForMs = 1_000
const maxProviders = 200

/** No provider yet. */
export function newMetricProviders(deps: ProviderDeps): MetricProviders {
  const providers = newLruMap<string, MetricProvider>(maxProviders)
  return {
    provider(options) {
      // Options hold secrets, which have no place in the keys of a map.
      const key = sha256Hex(JSON.stringify(options))
      const existing = providers.get(key)
      if (existing) return existing
      const factory = Object.hasOwn(providerFactories, options.type) ? providerFactories[options.type] : undefined
      if (!factory) {
        const known = Object.keys(providerFactories).join(', ')
        throw new ProviderConfigError(`is not supported, use one of ${known}`)
      }
      const made = shared(factory(options, deps), deps)
      providers.set(key, made)
      return made
    },
  }
}

/** The same query is sent once, however many ask for it at about the same time. */
function shared(provider: MetricProvider, { clock }: ProviderDeps): MetricProvider {
  const running = new Map<string, Promise<QueryResult>>()
  return {
    ...provider,
    query(query, signal) {
      const existing = running.get(query)
      if (existing) return existing
      // Others may wait for the answer when the first who asked has gone: the provider's own timeout ends it.
      const asked = provider.query(query, new AbortController().signal)
      running.set(query, asked)
      const forget = () => running.delete(query)
      asked.then(() => clock.setTimer(forget, sharedForMs), forget)
      return orAbort(asked, signal)
    },
  }
}
