/** Tells people and metrics what happened: events, event hooks, alerts. Nothing here makes a rollout wait. */
import { measurementsOf } from '../../analysis/verdict.ts'
import { AlertProvider, Canary, MetricTemplate } from '../../api/flagger/v1beta1.ts'
import { apiVersionOf, keyOf } from '../../apimachinery/meta.ts'
import { ProviderConfigError } from '../../metrics/provider.ts'
import type { Alert, NotifierOptions, Severity } from '../../notify/notifier.ts'
import { notifyPersistently } from '../../notify/persistence.ts'
import type { Announcement } from '../../rollout/decision.ts'
import { canaryName, kindName, targetName } from '../../rollout/events.ts'
import type { Phase } from '../../rollout/status.ts'
import { statusOf } from '../../rollout/status.ts'
import { redact } from '../../runtime/redact.ts'
import { callWebhook } from '../../webhook/webhook.ts'
import type { AbsentProviders } from './absent-providers.ts'
import { checksumOf } from './ask.ts'
import type { Background } from './background.ts'
import { type MeasureDeps, serverOf, specMissing, templateMissing, templateProvider } from './measure.ts'
import type { Subject } from './subject.ts'

/** What announcing needs beside the usual. */
export interface AnnounceDeps extends MeasureDeps {
  readonly background: Background
  readonly absentProviders: AbsentProviders
}

/** Upstream gives every event of a Canary this reason. */
const eventReason = 'Synced'
const defaultUsername = 'flagger'
const defaultChannel = 'general'
/** Of an event hook that says nothing, as `normalise` has it. */
const eventHookTimeoutMs = 10_000

/** Tells one thing. Returns at once; what fails is logged. */
export function announce(deps: AnnounceDeps, subject: Subject, news: Announcement): void {
  switch (news.kind) {
    case 'event':
      return publish(deps, subject, news)
    case 'alert':
      return alert(deps, subject, news)
    case 'ended':
      return deps.recorder.countEnd(subject.spec, news.result, news.analysis)
    case 'probeProviders':
      return deps.background.run({ canary: keyOf(subject.spec.canary), receiver: 'metric providers' }, async signal => {
        const problem = await providerProblem(deps, subject, signal)
        const [type, message] = problem
          ? (['Warning', `Error checking metric providers: ${problem}`] as const)
          : (['Normal', 'all the metrics providers are available!'] as const)
        publish(deps, subject, { kind: 'event', type, message })
      })
  }
}

/** Publishes an event about a Canary that cannot be carried out. */
export function publishProblem(deps: Pick<AnnounceDeps, 'events'>, canary: Canary, message: string): void {
  deps.events.record(withType(canary), { type: 'Warning', reason: eventReason, message })
}

function publish(deps: AnnounceDeps, subject: Subject, news: Announcement & { kind: 'event' }): void {
  const { canary, spec } = subject
  const { type, message } = news
  deps.events.record(withType(canary), { type, reason: eventReason, message })
  deps.log.info('event', { canary: `${spec.canary.namespace}/${spec.canary.name}`, type, message })
  const status = statusOf(canary.status)
  const now = deps.clock.now()
  for (const hook of eventHooks(deps, subject)) {
    deps.background.run(
      { canary: keyOf(subject.spec.canary), receiver: `event hook ${redact(hook.url)}` },
      async signal => {
        const metadata = {
          ...hook.metadata,
          eventMessage: message,
          eventType: type,
          timestamp: String(now.getTime()),
        }
        const { name, namespace } = spec.canary
        const phase: Phase = news.phase ?? status.phase
        const payload = { name, namespace, phase, checksum: checksumOf(status), metadata }
        const result = await callWebhook(hook, payload, deps, signal)
        if (!result.passed)
          deps.log.warn('an event hook failed', {
            canary: `${namespace}/${name}`,
            url: redact(hook.url),
            why: result.message,
          })
      },
    )
  }
}

/** The Canary's own, or else the process's. */
function eventHooks({ settings }: AnnounceDeps, { spec }: Subject) {
  const own = spec.hooks.filter(hook => hook.type === 'event')
  if (own.length > 0 || !settings.eventWebhook) return own
  return [{ url: settings.eventWebhook, timeoutMs: eventHookTimeoutMs, retries: 0, disableTLS: false, metadata: {} }]
}

function alert(deps: AnnounceDeps, subject: Subject, news: Announcement & { kind: 'alert' }): void {
  const text: Alert = {
    subject: canaryName(subject.spec),
    message: news.message,
    severity: news.severity,
    fields: alertFields(deps, subject, news.withMetadata),
  }
  for (const { receiver, options } of receivers(deps, subject, news.severity)) {
    deps.background.run({ canary: keyOf(subject.spec.canary), receiver }, async signal => {
      const found = await options(signal)
      if (found) await notifyPersistently(found, text, deps, signal)
    })
  }
}

function alertFields({ settings }: AnnounceDeps, { spec }: Subject, withMetadata: boolean): Alert['fields'] {
  return [
    ...(settings.clusterName ? [{ name: 'Cluster', value: settings.clusterName }] : []),
    ...(withMetadata
      ? [
          { name: 'Target', value: `${kindName(spec)}/${targetName(spec)}` },
          { name: 'Failed checks threshold', value: String(spec.failedChecksThreshold) },
          { name: 'Progress deadline', value: `${spec.progressDeadlineMs / 1000}s` },
          { name: 'Traffic routing', value: spec.routingSummary },
        ]
      : []),
  ]
}

interface Receiver {
  readonly receiver: string
  /** Undefined where there is nobody; throws where credentials cannot be had. */
  readonly options: (signal: AbortSignal) => Promise<NotifierOptions | undefined>
}

/** Where an alert goes: to whom the Canary names, or else to the process's own receiver. */
function receivers(deps: AnnounceDeps, subject: Subject, severity: Severity): readonly Receiver[] {
  const { canary, spec } = subject
  const { alerts = [] } = canary.spec.analysis
  const { notifier } = deps.settings
  if (alerts.length === 0) return notifier ? [{ receiver: 'alerts', options: async () => notifier }] : []
  return alerts
    .filter(({ severity: least }) => isMeant(least, severity))
    .map(({ providerRef }) => {
      const ref = { name: providerRef.name, namespace: providerRef.namespace || spec.canary.namespace }
      const name = `${ref.namespace}/${ref.name}`
      return {
        receiver: `alert provider ${name}`,
        async options(signal) {
          const provider = deps.view.get(AlertProvider, ref)
          if (!provider) {
            tellAbsent(deps, subject, ref)
            return undefined
          }
          deps.absentProviders.found(keyOf(subject.spec.canary), name)
          return receiverOf(deps, provider, signal)
        },
      }
    })
}

/** In upstream's words of what a Canary refers to; its own are in the log alone. */
function tellAbsent(
  deps: AnnounceDeps,
  subject: Subject,
  ref: { readonly name: string; readonly namespace: string },
): void {
  const key = keyOf(subject.spec.canary)
  const provider = `${ref.namespace}/${ref.name}`
  deps.log.warn('an alert provider is missing', { canary: key, provider })
  // One that was deleted meanwhile is forgotten.
  if (!deps.view.get(Canary, subject.spec.canary) || !deps.absentProviders.isNews(key, provider)) return
  const why = `alertprovider.flagger.app "${ref.name}" not found`
  publish(deps, subject, {
    kind: 'event',
    type: 'Warning',
    message: `Alert provider ${ref.name}.${ref.namespace} error: ${why}`,
  })
}

/** `info` gets all, also where nothing is said; `warn` gets errors too. */
function isMeant(least: string | undefined, severity: Severity): boolean {
  if (!least || least === 'info') return true
  return least === severity || (least === 'warn' && severity === 'error')
}

async function receiverOf(deps: AnnounceDeps, provider: AlertProvider, signal: AbortSignal): Promise<NotifierOptions> {
  const { type, address, channel, username, proxy, secretRef } = provider.spec
  const secret = secretRef
    ? await deps.credentials.fetch(provider.metadata.namespace ?? '', secretRef.name, signal)
    : {}
  return {
    // The API lets no other type in.
    type: type ?? 'generic',
    address: secret['address'] ?? address ?? '',
    channel: channel || defaultChannel,
    username: username || defaultUsername,
    ...(secret['token'] ? { token: secret['token'] } : {}),
    ...(proxy ? { proxy } : {}),
  }
}

/** The first provider that does not answer, in upstream's words. */
async function providerProblem(deps: AnnounceDeps, { canary, spec }: Subject, signal: AbortSignal) {
  for (const { metric, kind } of measurementsOf(spec.metrics)) {
    if (kind !== 'template') {
      const problem = await serverProblem(deps, canary, signal)
      if (problem) return `prometheus not avaiable: ${problem}`
    } else if (metric.templateRef) {
      const ref = metric.templateRef
      const what = `metric template ${ref.name}.${ref.namespace}`
      const template = deps.view.get(MetricTemplate, ref)
      if (!template) return `${what} error: ${templateMissing(ref.name)}`
      if (!('spec' in template)) return `${what} error: ${specMissing}`
      const provider = await templateProvider(deps, template, metric.interval, signal)
      if ('misconfigured' in provider) return `${what} ${provider.misconfigured} ${provider.message}`
      const problem = await provider.problem(signal)
      if (problem) return `${template.spec.provider.type} in ${what} not avaiable: ${problem}`
    }
  }
  return undefined
}

async function serverProblem(deps: AnnounceDeps, canary: Canary, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await serverOf(deps, canary).problem(signal)
  } catch (error) {
    if (error instanceof ProviderConfigError) return error.message
    throw error
  }
}

/** Objects out of a list lack these two, which events need. */
function withType(canary: Canary): Canary {
  return { ...canary, apiVersion: apiVersionOf(Canary), kind: Canary.kind }
}
