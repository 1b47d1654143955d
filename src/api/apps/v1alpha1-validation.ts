/** What a schema cannot say about an Application. */
import { duplicate, type FieldError, forbidden, invalid, required } from '../../apimachinery/field-error.ts'
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import { validateRollout } from './rollout-validation.ts'
import type { Application, ApplicationSpec, SyncPolicy } from './v1alpha1.ts'

/** What is wrong with an Application that its schema accepts, on creation and on change alike. */
export function validateApplication(application: Application): FieldError[] {
  const { metadata, spec } = application
  // The schema lets `spec` itself be absent.
  if (!(spec as ApplicationSpec | undefined)) return [required('spec')]
  const name = metadata.name ?? ''
  const nameProblems = dns1123SubdomainProblems(name).map(problem => invalid('metadata.name', name, problem))
  return [
    ...(metadata.name === undefined ? [] : nameProblems),
    ...validateSource(spec),
    ...validateFleets(spec),
    ...validatePolicies(name, spec),
  ]
}

const sourceKinds = ['gitRepository', 'helmRepository', 'ociRepository'] as const

function validateSource({ source }: ApplicationSpec): FieldError[] {
  const [first, ...others] = sourceKinds.filter(kind => source[kind] !== undefined)
  if (!first) return [required('spec.source', `must have one of ${sourceKinds.join(', ')}`)]
  return others.map(kind => forbidden(`spec.source.${kind}`, `may not be set together with ${first}`))
}

// All policies of an Application are for one fleet, or all for the host cluster.
function validateFleets({ destination, syncPolicies }: ApplicationSpec): FieldError[] {
  const own = destination?.fleet ?? ''
  const fleets = syncPolicies.map(policy => policy.destination?.fleet ?? '')
  const first = fleets.find(fleet => fleet !== '')
  if (own === '' && first === undefined) return []
  const because = 'because fleet must be consistent throughout the application'
  const rule =
    own === ''
      ? `must be same as firstPolicyFleet:${first}, ${because}`
      : `must be same as application.spec.destination.fleet:${own}, ${because}`
  const wanted = own === '' ? first : own
  const errors = fleets.flatMap((fleet, i) =>
    fleet === '' || fleet === wanted ? [] : [invalid(`spec.syncPolicies[${i}].destination.fleet`, fleet, rule)],
  )
  if (own === '' && fleets.includes('')) {
    errors.push(
      required('spec.syncPolicies.destination.fleet', 'must be set when application.spec.destination.fleet is not set'),
    )
  }
  return errors
}

function validatePolicies(application: string, spec: ApplicationSpec): FieldError[] {
  const { syncPolicies } = spec
  if (syncPolicies.length === 0) return [required('spec.syncPolicies', 'must have at least one policy')]
  const names = syncPolicies.map((policy, i) => policy.name || `${application}-${i}`)
  return syncPolicies.flatMap((policy, i) => {
    const field = `spec.syncPolicies[${i}]`
    return [
      ...validateName(policy, names, i),
      ...validateContent(policy, spec, field),
      ...(policy.rollout ? validateRollout(policy.rollout, `${field}.rollout`) : []),
    ]
  })
}

function validateName(policy: SyncPolicy, names: readonly string[], index: number): FieldError[] {
  if (!policy.name) return []
  const field = `spec.syncPolicies[${index}].name`
  const problems = dns1123LabelProblems(policy.name).map(problem => invalid(field, policy.name, problem))
  return names.indexOf(policy.name) < index ? [...problems, duplicate(field, policy.name)] : problems
}

function validateContent(policy: SyncPolicy, { source }: ApplicationSpec, field: string): FieldError[] {
  if (policy.kustomization && policy.helm) {
    return [forbidden(`${field}.helm`, 'may not be set together with kustomization')]
  }
  if (policy.kustomization && source.helmRepository && !source.gitRepository) {
    return [forbidden(`${field}.kustomization`, 'a helmRepository has charts only; use helm')]
  }
  if (policy.helm && source.ociRepository && !source.gitRepository && !source.helmRepository) {
    return [forbidden(`${field}.helm`, 'charts come from a gitRepository or a helmRepository, not an ociRepository')]
  }
  return []
}
