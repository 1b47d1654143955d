/** Takes measurements: from a metric of a Canary to a reading. */
import type { Measurement, MetricReading, MisconfiguredStage } from '../../analysis/check.ts'
import { builtinQuery, measuredValue, onOneLine, ownQuery } from '../../analysis/query.ts'
import { queryNamesOf } from '../../analysis/query-names.ts'
import { type Canary, MetricTemplate } from '../../api/flagger/v1beta1.ts'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { type MetricProvider, ProviderConfigError } from '../../metrics/provider.ts'
import type { Credentials } from './credentials.ts'
import type { CanaryDeps } from './deps.ts'
import type { Subject } from './subject.ts'

/** What measuring needs beside the usual. */
export interface MeasureDeps extends CanaryDeps {
  readonly credentials: Credentials
}

/** A query that is ready to be sent, or why there is none. */
type Prepared =
  | { readonly provider: MetricProvider; readonly query: string; readonly unitMs: number }
  | { readonly misconfigured: MisconfiguredStage; readonly message: string }

/** One reading. Never throws but what `signal` aborts with. */
export async function measure(
  deps: MeasureDeps,
  subject: Subject,
  measurement: Measurement,
  signal: AbortSignal,
): Promise<MetricReading> {
  const prepared = await prepare(deps, subject, measurement, signal)
  if ('misconfigured' in prepared) {
    return { kind: 'misconfigured', stage: prepared.misconfigured, message: prepared.message }
  }
  const result = await prepared.provider.query(prepared.query, signal)
  if (result.kind === 'unusable') return { kind: 'misconfigured', stage: 'query', message: result.message }
  if (result.kind !== 'value') return result
  const value = measuredValue(measurement.kind, result.value, prepared.unitMs)
  const shown = measurement.kind === 'duration' ? value / 1000 : value
  deps.recorder.setMetric(subject.spec, measurement.metric.name, shown)
  return { kind: 'value', value }
}

async function prepare(
  deps: MeasureDeps,
  subject: Subject,
  { metric, kind }: Measurement,
  signal: AbortSignal,
): Promise<Prepared> {
  const { canary, spec } = subject
  const names = queryNamesOf(canary)
  switch (kind) {
    case 'success-rate':
    case 'duration': {
      const rendered = deps.derived.query(metric, kind, () => builtinQuery(kind, metric, names, spec.metricsProvider))
      if ('problem' in rendered)
        return { misconfigured: 'render', message: `rendering query failed: ${rendered.problem}` }
      return withServer(deps, canary, onOneLine(rendered.query), rendered.unitMs)
    }
    case 'inline': {
      const rendered = deps.derived.query(metric, kind, () => ownQuery(metric.query ?? '', metric, names))
      if ('problem' in rendered) return { misconfigured: 'render', message: rendered.problem }
      return withServer(deps, canary, onOneLine(rendered.query), 1)
    }
    case 'template': {
      if (!metric.templateRef) return { misconfigured: 'none', message: '' }
      const template = deps.view.get(MetricTemplate, metric.templateRef)
      if (!template) return { misconfigured: 'template', message: templateMissing(metric.templateRef.name) }
      // The published schema does not insist on it.
      if (!('spec' in template)) return { misconfigured: 'template', message: specMissing }
      const provider = await templateProvider(deps, template, metric.interval, signal)
      if ('misconfigured' in provider) return provider
      const rendered = ownQuery(template.spec.query, metric, names)
      if ('problem' in rendered) return { misconfigured: 'render', message: rendered.problem }
      const { type } = template.spec.provider
      const query = type === 'prometheus' || type === 'graphite' ? onOneLine(rendered.query) : rendered.query
      return { provider, query, unitMs: 1 }
    }
  }
}

/** Why there is no template, as Flagger's client says it. */
export function templateMissing(name: string): string {
  return `metrictemplate.flagger.app "${name}" not found`
}

/** Why a template is none. */
export const specMissing = 'spec: Required value'

/** The provider of a template for a metric of that interval; its Secret is read where one is named. */
export async function templateProvider(
  deps: MeasureDeps,
  template: MetricTemplate,
  interval: string,
  signal: AbortSignal,
): Promise<MetricProvider | { readonly misconfigured: MisconfiguredStage; readonly message: string }> {
  const { type, address, region, headers, insecureSkipVerify, secretRef } = template.spec.provider
  const { namespace = '' } = template.metadata
  let credentials: Readonly<Record<string, string>> | undefined
  try {
    credentials = secretRef && (await deps.credentials.fetch(namespace, secretRef.name, signal))
  } catch (error) {
    if (signal.aborted) throw error
    return { misconfigured: 'secret', message: `${secretRef?.name} error: ${messageOf(error)}` }
  }
  const intervalMs = interval ? tryParseDuration(interval) : undefined
  if (interval && intervalMs === undefined) {
    const message = `${type} error: error parsing metric interval: ${JSON.stringify(interval)} is not a duration`
    return { misconfigured: 'provider', message }
  }
  try {
    return deps.metrics.provider({
      type,
      // Only those that look back over a time of their own differ by it; the others are shared by all who ask.
      ...(intervalMs === undefined || type === 'prometheus' ? {} : { intervalMs }),
      ...(address ? { address } : {}),
      ...(region ? { region } : {}),
      ...(headers ? { headers } : {}),
      ...(insecureSkipVerify ? { insecureSkipVerify } : {}),
      ...(credentials ? { credentials } : {}),
    })
  } catch (error) {
    if (!(error instanceof ProviderConfigError)) throw error
    return { misconfigured: 'provider', message: `${type} error: ${error.message}` }
  }
}

/** The Prometheus of built-in and in-line queries. @throws ProviderConfigError */
export function serverOf(deps: CanaryDeps, canary: Canary): MetricProvider {
  const address = canary.spec.metricsServer || deps.settings.metricsServer
  return deps.metrics.provider({ type: 'prometheus', address })
}

function withServer(deps: CanaryDeps, canary: Canary, query: string, unitMs: number): Prepared {
  try {
    return { provider: serverOf(deps, canary), query, unitMs }
  } catch (error) {
    if (!(error instanceof ProviderConfigError)) throw error
    return {
      misconfigured: 'address',
      message: `${canary.spec.metricsServer || deps.settings.metricsServer} ${error.message}`,
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
