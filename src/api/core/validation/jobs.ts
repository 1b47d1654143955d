/** Jobs and CronJobs. */
import { invalid, notSupported, notSupportedInOrder, required, tooLong } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import { matchesLabels } from '../../../apimachinery/labels.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, stringAt, stringMapAt } from '../draft.ts'
import { checkAllNotNegative, checkImmutable, checkNotNegative, immutableMessage, type Problems } from './checks.ts'
import { scheduleProblem } from './cron.ts'
import { internalJson } from './internal-json.ts'
import { checkLabelSelector } from './labels.ts'
import { checkPodTemplate } from './pod-template.ts'
import { readSelector } from './selectors.ts'

/** A Job that is created, but for its metadata. */
export function checkNewJob(job: JsonObject): Problems {
  const spec = objectAt(job, 'spec')
  return [...checkGeneratedSelector(job), ...checkJobSpecWithSelector(spec), ...checkIndexedName(job)]
}

/** A Job that is updated, but for its metadata. */
export function checkJobUpdate(next: JsonObject, previous: JsonObject): Problems {
  const [spec, old] = [objectAt(next, 'spec'), objectAt(previous, 'spec')]
  const immutable = (key: string) => checkImmutable(`spec.${key}`, spec[key], jsonEqual(spec[key], old[key]))
  return [
    ...checkJobSpecWithSelector(spec),
    ...checkCompletions(spec, old),
    ...immutable('selector'),
    ...checkTemplateUpdate(spec, old),
    ...['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'].flatMap(immutable),
    ...checkIndexedName(next),
  ]
}

/** `spec` of a CronJob. A missing schedule is said last, by a later stage of the API's. */
export function checkCronJobSpec(spec: JsonObject): Problems {
  const schedule = stringAt(spec, 'schedule')
  const policy = stringAt(spec, 'concurrencyPolicy')
  const policies = ['Allow', 'Forbid', 'Replace']
  const jobSpec = objectAt(objectAt(spec, 'jobTemplate'), 'spec')
  const at = 'spec.jobTemplate.spec'
  const problems: Problems = []
  if (schedule !== '') problems.push(...checkSchedule(schedule))
  problems.push(...checkNotNegative(spec, 'startingDeadlineSeconds', 'spec'), ...checkTimeZone(spec))
  if (!policies.includes(policy)) problems.push(notSupportedInOrder('spec.concurrencyPolicy', policy, policies))
  problems.push(...checkJobSpec(at, jobSpec))
  if (has(jobSpec, 'selector')) {
    const shown = internalJson('v1.LabelSelector', jobSpec['selector'])
    const sentence = '`selector` will be auto-generated'
    problems.push({ ...invalid(`${at}.selector`, '', ''), message: `Invalid value: ${shown}: ${sentence}` })
  }
  if (jobSpec['manualSelector'] === true) {
    problems.push(notSupportedInOrder(`${at}.manualSelector`, true, ['nil', 'false']))
  }
  problems.push(...checkAllNotNegative(spec, ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'], 'spec'))
  if (schedule === '') problems.push(required('spec.schedule'))
  return problems
}

function checkSchedule(schedule: string): Problems {
  const problem = scheduleProblem(schedule)
  const problems = problem === undefined ? [] : [invalid('spec.schedule', schedule, problem)]
  if (!schedule.includes('TZ')) return problems
  const sentence = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
  return [...problems, invalid('spec.schedule', schedule, sentence)]
}

function checkTimeZone(spec: JsonObject): Problems {
  const zone = spec['timeZone']
  if (typeof zone !== 'string') return []
  const at = 'spec.timeZone'
  if (zone === '') return [invalid(at, zone, 'timeZone must be nil or non-empty string')]
  if (!isTimeZone(zone)) return [invalid(at, zone, `unknown time zone ${zone}`)]
  if (zone.toLowerCase() !== 'local') return []
  const sentence = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
  return [invalid(at, zone, sentence)]
}

function isTimeZone(zone: string): boolean {
  if (zone.toLowerCase() === 'local') return true
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function checkJobSpecWithSelector(spec: JsonObject): Problems {
  const problems = checkJobSpec('spec', spec)
  if (has(spec, 'selector')) problems.push(...checkLabelSelector('spec.selector', objectAt(spec, 'selector')))
  else problems.push(required('spec.selector'))
  const selector = readSelector(spec)
  const labels = stringMapAt(objectAt(objectAt(spec, 'template'), 'metadata'), 'labels')
  if (selector !== 'unusable' && !matchesLabels(selector, labels)) {
    const shown = Object.keys(labels).length === 0 ? undefined : labels
    const sentence = '`selector` does not match template `labels`'
    problems.push(invalid('spec.template.metadata.labels', shown, sentence))
  }
  return problems
}

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
]
const managerMaxBytes = 63
const maxIndexedParallelism = 100_000

function checkJobSpec(path: string, spec: JsonObject): Problems {
  const policy = stringAt(objectAt(objectAt(spec, 'template'), 'spec'), 'restartPolicy')
  return [
    ...checkAllNotNegative(spec, counts, path),
    ...checkManagedBy(`${path}.managedBy`, stringAt(spec, 'managedBy')),
    ...checkCompletionMode(path, spec),
    ...checkReplacement(path, spec),
    ...checkPodTemplate(`${path}.template`, objectAt(spec, 'template')),
    ...checkEnd(`${path}.template.spec.restartPolicy`, policy, has(spec, 'podFailurePolicy')),
  ]
}

function checkEnd(path: string, policy: string, withFailurePolicy: boolean): Problems {
  if (policy === 'Always' || policy === '') return [required(path, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupportedInOrder(path, policy, ['OnFailure', 'Never'])]
  if (!withFailurePolicy || policy === 'Never') return []
  return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
}

function checkManagedBy(path: string, manager: string): Problems {
  if (manager === '') return []
  const problems = /^[^/]+\/.+/.test(manager)
    ? []
    : [invalid(path, manager, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  return Buffer.byteLength(manager) > managerMaxBytes ? [...problems, tooLong(path, managerMaxBytes)] : problems
}

function checkCompletionMode(path: string, spec: JsonObject): Problems {
  const mode = stringAt(spec, 'completionMode')
  const problems: Problems = []
  if (has(spec, 'completionMode') && mode !== 'NonIndexed' && mode !== 'Indexed') {
    problems.push(notSupportedInOrder(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']))
  }
  if (mode === 'Indexed') {
    const parallelism = numberAt(spec, 'parallelism') ?? 0
    if (!has(spec, 'completions')) problems.push(required(`${path}.completions`, 'when completion mode is Indexed'))
    if (parallelism > maxIndexedParallelism) {
      const sentence = `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`
      problems.push(invalid(`${path}.parallelism`, parallelism, sentence))
    }
    return problems
  }
  const indexedOnly = mode === 'NonIndexed' || mode === '' ? ['backoffLimitPerIndex', 'maxFailedIndexes'] : []
  for (const key of indexedOnly) {
    const value = numberAt(spec, key)
    if (value !== undefined) problems.push(invalid(`${path}.${key}`, value, 'requires indexed completion mode'))
  }
  return problems
}

function checkReplacement(path: string, spec: JsonObject): Problems {
  if (!has(spec, 'podReplacementPolicy')) return []
  const policy = stringAt(spec, 'podReplacementPolicy')
  const supported = has(spec, 'podFailurePolicy') ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  return supported.includes(policy) ? [] : [notSupported(`${path}.podReplacementPolicy`, policy, supported)]
}

const uidLabel = 'batch.kubernetes.io/controller-uid'

// The server has set the selector and labels; what the user set beside them must not disagree.
function checkGeneratedSelector(job: JsonObject): Problems {
  const spec = objectAt(job, 'spec')
  const metadata = objectAt(job, 'metadata')
  if (spec['manualSelector'] === true || !has(spec, 'selector')) return []
  const [uid, name] = [stringAt(metadata, 'uid'), stringAt(metadata, 'name')]
  const labels = stringMapAt(objectAt(objectAt(spec, 'template'), 'metadata'), 'labels')
  const wanted = { 'controller-uid': uid, [uidLabel]: uid, 'job-name': name, 'batch.kubernetes.io/job-name': name }
  const problems: Problems = []
  for (const [key, value] of Object.entries(wanted)) {
    const at = 'spec.template.metadata.labels'
    if (labels[key] === undefined) problems.push(required(`${at}[${key}]`, `must be '${value}'`))
    else if (labels[key] !== value) problems.push(invalid(at, labels, `must be '${value}'`))
  }
  const selector = readSelector(spec)
  const expected = { matchLabels: { [uidLabel]: uid } }
  if (selector !== 'unusable' && !jsonEqual(objectAt(spec, 'selector'), expected)) {
    const shown = internalJson('v1.LabelSelector', spec['selector'])
    problems.push({
      ...invalid('spec.selector', '', ''),
      message: `Invalid value: ${shown}: \`selector\` not auto-generated`,
    })
  }
  return problems
}

// The last pod of an Indexed Job has a host name of its own, which has to be a DNS label.
function checkIndexedName(job: JsonObject): Problems {
  const spec = objectAt(job, 'spec')
  const completions = numberAt(spec, 'completions') ?? 0
  if (stringAt(spec, 'completionMode') !== 'Indexed' || completions < 1) return []
  const name = stringAt(objectAt(job, 'metadata'), 'name')
  const problems = dns1123LabelProblems(`${name}-${completions - 1}`)
  const sentence = `will not able to create pod with invalid DNS label: ${name}-${completions - 1}`
  return problems.length === 0 ? [] : [invalid('metadata.name', name, sentence)]
}

function checkCompletions(spec: JsonObject, old: JsonObject): Problems {
  const [completions, same] = [spec['completions'], jsonEqual(spec['completions'], old['completions'])]
  if (same) return []
  if (spec['completionMode'] !== 'Indexed') return [invalid('spec.completions', completions, immutableMessage)]
  if (completions === undefined || completions === spec['parallelism']) return []
  return [invalid('spec.completions', completions, 'can only be modified in tandem with spec.parallelism')]
}

// What of a suspended Job that never ran may change: how its pods are scheduled.
const schedulingFields = ['nodeSelector', 'tolerations', 'schedulingGates']

function checkTemplateUpdate(spec: JsonObject, old: JsonObject): Problems {
  const [template, before] = [objectAt(spec, 'template'), objectAt(old, 'template')]
  const suspended = old['suspend'] === true
  if (jsonEqual(template, before)) return []
  if (suspended && jsonEqual(withoutScheduling(template), withoutScheduling(before))) return []
  const shown = internalJson('core.PodTemplateSpec', template)
  return [{ ...invalid('spec.template', '', ''), message: `Invalid value: ${shown}: ${immutableMessage}` }]
}

function withoutScheduling(template: JsonObject): JsonObject {
  const spec = { ...objectAt(template, 'spec') }
  for (const field of schedulingFields) delete spec[field]
  const { nodeAffinity: _, ...affinity } = objectAt(spec, 'affinity')
  return { spec: { ...spec, affinity } }
}
