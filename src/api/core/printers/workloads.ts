/** The cells of workloads. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { fromTimestamp, humanDuration } from '../../../apimachinery/time.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt } from '../draft.ts'
import {
  ageOf,
  type Cells,
  containersCells,
  isConditionTrue,
  labelsCell,
  nameOf,
  none,
  selectorCell,
  since,
  templateCells,
} from './cell.ts'

const specOf = (object: JsonObject) => objectAt(object, 'spec')
const count = (object: JsonObject, part: 'spec' | 'status', key: string) => numberAt(objectAt(object, part), key) ?? 0
const ready = (object: JsonObject) => `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`

/** The cells of a Deployment. */
export const deploymentCells: Cells = (deployment, now) => [
  nameOf(deployment),
  ready(deployment),
  count(deployment, 'status', 'updatedReplicas'),
  count(deployment, 'status', 'availableReplicas'),
  ageOf(deployment, now),
  ...templateCells(specOf(deployment)),
  selectorCell(specOf(deployment)),
]

/** The cells of a ReplicaSet. */
export const replicaSetCells: Cells = (set, now) => [...replicaCells(set, now), selectorCell(specOf(set))]

/** The cells of a ReplicationController. */
export const replicationControllerCells: Cells = (controller, now) => [
  ...replicaCells(controller, now),
  labelsCell(stringMapAt(specOf(controller), 'selector')),
]

const replicaCells: Cells = (object, now) => [
  nameOf(object),
  count(object, 'spec', 'replicas'),
  count(object, 'status', 'replicas'),
  count(object, 'status', 'readyReplicas'),
  ageOf(object, now),
  ...templateCells(specOf(object)),
]

/** The cells of a StatefulSet. */
export const statefulSetCells: Cells = (set, now) => [
  nameOf(set),
  ready(set),
  ageOf(set, now),
  ...templateCells(specOf(set)),
]

/** The cells of a DaemonSet. */
export const daemonSetCells: Cells = (set, now) => [
  nameOf(set),
  count(set, 'status', 'desiredNumberScheduled'),
  count(set, 'status', 'currentNumberScheduled'),
  count(set, 'status', 'numberReady'),
  count(set, 'status', 'updatedNumberScheduled'),
  count(set, 'status', 'numberAvailable'),
  labelsCell(stringMapAt(objectAt(objectAt(specOf(set), 'template'), 'spec'), 'nodeSelector')),
  ageOf(set, now),
  ...templateCells(specOf(set)),
  selectorCell(specOf(set)),
]

/** The cells of a ControllerRevision. */
export const controllerRevisionCells: Cells = (revision, now) => {
  const owner = objectsAt(objectAt(revision, 'metadata'), 'ownerReferences').find(each => each['controller'] === true)
  const [group] = stringAt(owner, 'apiVersion').includes('/') ? stringAt(owner, 'apiVersion').split('/') : ['']
  const kind = group ? `${stringAt(owner, 'kind')}.${group}` : stringAt(owner, 'kind')
  return [
    nameOf(revision),
    owner ? `${kind.toLowerCase()}/${stringAt(owner, 'name')}` : none,
    numberAt(revision, 'revision') ?? 0,
    ageOf(revision, now),
  ]
}

/** The cells of a Job. */
export const jobCells: Cells = (job, now) => [
  nameOf(job),
  jobStatus(job),
  completions(job),
  jobDuration(objectAt(job, 'status'), now),
  ageOf(job, now),
  ...templateCells(specOf(job)),
  selectorCell(specOf(job)),
]

const endings = ['Complete', 'Failed']
const others = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet']

function jobStatus(job: JsonObject): string {
  const status = objectAt(job, 'status')
  const first = (types: readonly string[]) => types.find(type => isConditionTrue(status, type))
  const isDeleted = has(objectAt(job, 'metadata'), 'deletionTimestamp')
  return first(endings) ?? (isDeleted ? 'Terminating' : (first(others) ?? 'Running'))
}

function completions(job: JsonObject): string {
  const succeeded = count(job, 'status', 'succeeded')
  const wanted = numberAt(specOf(job), 'completions')
  if (wanted !== undefined) return `${succeeded}/${wanted}`
  const parallelism = count(job, 'spec', 'parallelism')
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function jobDuration(status: JsonObject, now: Date): string {
  const start = fromTimestamp(stringAt(status, 'startTime') || undefined)
  if (!start) return ''
  const end = fromTimestamp(stringAt(status, 'completionTime') || undefined) ?? now
  return humanDuration(end.getTime() - start.getTime())
}

/** The cells of a CronJob. */
export const cronJobCells: Cells = (cronJob, now) => {
  const [spec, status] = [specOf(cronJob), objectAt(cronJob, 'status')]
  const jobSpec = objectAt(objectAt(spec, 'jobTemplate'), 'spec')
  const last = stringAt(status, 'lastScheduleTime')
  return [
    nameOf(cronJob),
    stringAt(spec, 'schedule'),
    stringAt(spec, 'timeZone') || none,
    has(spec, 'suspend') ? (spec['suspend'] === true ? 'True' : 'False') : '<unset>',
    objectsAt(status, 'active').length,
    last === '' ? none : since(last, now),
    ageOf(cronJob, now),
    ...templateCells(jobSpec),
    selectorCell(jobSpec),
  ]
}

/** The cells of a PodTemplate, which has no age. */
export const podTemplateCells: Cells = podTemplate => {
  const template = objectAt(podTemplate, 'template')
  return [
    nameOf(podTemplate),
    ...containersCells(objectAt(template, 'spec')),
    labelsCell(stringMapAt(objectAt(template, 'metadata'), 'labels')),
  ]
}

/** The cells of a PodDisruptionBudget. */
export const disruptionBudgetCells: Cells = (budget, now) => {
  const bound = (key: string) => String(specOf(budget)[key] ?? 'N/A')
  return [
    nameOf(budget),
    bound('minAvailable'),
    bound('maxUnavailable'),
    count(budget, 'status', 'disruptionsAllowed'),
    ageOf(budget, now),
  ]
}
