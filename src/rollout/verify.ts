/** What makes a Canary invalid beyond its schema. Checked on every look, so that an edit cannot bring it in. */
import type { CanaryManifest } from './normalise.ts'

/** The parts of a Canary that point into other namespaces; the API's type fits it. */
export interface VerifiedManifest extends CanaryManifest {
  readonly spec: CanaryManifest['spec'] & {
    readonly upstreamRef?: { readonly name: string; readonly namespace?: string }
    readonly analysis: CanaryManifest['spec']['analysis'] & {
      readonly alerts?: readonly { readonly providerRef: { readonly name: string; readonly namespace?: string } }[]
    }
  }
}

/** Everything that is wrong, in upstream's words and with its prefix. */
export function verify(
  canary: VerifiedManifest,
  options: { readonly noCrossNamespaceRefs: boolean },
): readonly string[] {
  const problems = [
    ...(options.noCrossNamespaceRefs ? foreignReferences(canary) : []),
    ...knativeProblems(canary),
    ...cookieProblems(canary),
  ]
  return problems.map(problem => `invalid canary spec: ${problem}`)
}

function foreignReferences({ spec, metadata }: VerifiedManifest): readonly string[] {
  const own = metadata.namespace ?? ''
  const foreign = (what: string, ref: { readonly name: string; readonly namespace?: string } | undefined) =>
    ref && (ref.namespace || own) !== own
      ? [`can't access ${what} ${ref.name}.${ref.namespace}, cross-namespace references are blocked`]
      : []
  return [
    ...foreign('gloo upstream', spec.upstreamRef),
    ...(spec.analysis.metrics ?? []).flatMap(metric => foreign('metric template', metric.templateRef)),
    ...(spec.analysis.alerts ?? []).flatMap(alert => foreign('alert provider', alert.providerRef)),
  ]
}

function knativeProblems({ spec }: VerifiedManifest): readonly string[] {
  const { apiVersion, kind } = spec.targetRef
  const isTarget = kind === 'Service' && apiVersion === 'serving.knative.dev/v1'
  const isProvider = spec.provider === 'knative'
  return [
    ...(isTarget && !isProvider ? [`can't use ${spec.provider ?? ''} provider with Knative Service as target`] : []),
    ...(isProvider && !isTarget ? [`can't use ${apiVersion}/${kind} as target if provider is set to knative`] : []),
    ...(isTarget && spec.autoscalerRef ? ["can't use autoscaler with Knative Service"] : []),
  ]
}

function cookieProblems({ spec }: VerifiedManifest): readonly string[] {
  const affinity = spec.analysis.sessionAffinity
  if (!affinity || affinity.cookieName !== affinity.primaryCookieName) return []
  return ["can't use the same cookie name for both primary and cookie name; please update them to be different"]
}
