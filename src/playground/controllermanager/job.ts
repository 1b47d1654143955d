/** Jobs: pods that run to their end. */
import { type Job, Job as jobs } from '../../api/core/batch-v1.ts'
import { type Pod, Pod as podType } from '../../api/core/core-v1.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { toTimestamp } from '../../apimachinery/time.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { isNotFound } from '../../runtime/client.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import { controllerOwnerKeys } from '../../runtime/predicates.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { ControllerManagerDeps } from './deps.ts'
import { Expectations } from './expectations.ts'
import {
  backoffMs,
  countPods,
  indexRanges,
  isComplete,
  isIndexed,
  type JobPods,
  msUntilExpired,
  podsToStart,
  templateOfIndex,
} from './job-plan.ts'
import { isActive, isReady, podFromTemplate } from './pods.ts'

type JobStatus = NonNullable<Job['status']>
type JobCondition = NonNullable<JobStatus['conditions']>[number]

/** Makes the controller. */
export function newJobController(deps: ControllerManagerDeps): Controller {
  const { client, informers, clock, events } = deps
  const all = informers.informer(jobs)
  const pods = informers.informer(podType)
  const expectations = new Expectations<Pod>()

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal): Promise<Result> {
    const job = all.get(key)
    if (!job || job.metadata?.deletionTimestamp) return {}
    if (isFinished(job)) return expire(job, signal)
    const cached = pods.list(job.metadata?.namespace).filter(pod => controllerOf(pod)?.uid === job.metadata?.uid)
    const own = expectations.apply(key, cached)
    const counted = countPods(job, own)
    const verdict = verdictOf(job, counted, clock.now())
    const suspended = job.spec?.suspend === true
    const waitMs = backoffMs(own, clock.now())
    if (verdict || suspended) for (const pod of counted.active) await remove(pod, signal)
    else if (waitMs === 0) await start(job, key, podsToStart(job, counted), signal)
    const running = verdict || suspended ? [] : expectations.apply(key, cached).filter(isActive)
    await patchStatus(client, jobs, job, statusOf(job, running, counted, verdict), {
      signal,
      fieldManager: 'kube-controller-manager',
    })
    if (verdict) tell(job, verdict)
    else if (suspended !== isSuspended(job)) tellSuspension(job, suspended)
    const deadlineMs = msUntilDeadline(job, clock.now())
    const waits = [...(waitMs > 0 ? [waitMs] : []), ...(deadlineMs === undefined ? [] : [deadlineMs])]
    return verdict || suspended || waits.length === 0 ? {} : { requeueAfterMs: Math.min(...waits) }
  }

  /** Removes a Job that is over when its time has come, with its pods. */
  async function expire(job: Job, signal: AbortSignal): Promise<Result> {
    const waitMs = msUntilExpired(job, clock.now())
    if (waitMs === undefined) return {}
    if (waitMs > 0) return { requeueAfterMs: waitMs }
    const { namespace, name = '', uid = '' } = job.metadata ?? {}
    await client
      .delete(jobs, { namespace, name }, { preconditions: { uid }, propagationPolicy: 'Foreground', signal })
      .catch(error => {
        if (!isNotFound(error)) throw error
      })
    return {}
  }

  async function start(
    job: Job,
    key: string,
    wanted: readonly (number | undefined)[],
    signal: AbortSignal,
  ): Promise<void> {
    const { template } = job.spec ?? {}
    if (!template) return
    for (const index of wanted) {
      const pod = podFromTemplate(jobs, job, index === undefined ? template : templateOfIndex(template, index))
      const named =
        index === undefined
          ? pod
          : { ...pod, metadata: { ...pod.metadata, generateName: `${job.metadata?.name}-${index}-` } }
      const created = await expectations.create(key, () => client.create(podType, named, { signal }))
      events.record(job, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created pod: ${created.metadata?.name}`,
      })
    }
  }

  async function remove(pod: Pod, signal: AbortSignal): Promise<void> {
    const { namespace, name = '' } = pod.metadata ?? {}
    await client.delete(podType, { namespace, name }, { signal })
  }

  function statusOf(
    job: Job,
    active: readonly Pod[],
    { succeeded, failed, completedIndexes }: JobPods,
    verdict: JobCondition | undefined,
  ): JobStatus {
    const now = toTimestamp(clock.now())
    const suspended = job.spec?.suspend === true
    // A Job that is suspended has not begun; when it goes on, its time is counted from then.
    const resumed = isSuspended(job) && !suspended
    const startTime = suspended ? undefined : resumed ? now : (job.status?.startTime ?? now)
    const conditions = [
      ...(suspended || isSuspended(job) ? [suspension(job, suspended, now)] : keptConditions(job)),
      ...(verdict ? conditionsOf(verdict) : []),
    ]
    return {
      ...(startTime === undefined ? {} : { startTime }),
      ...(active.length > 0 ? { active: active.length } : {}),
      ready: active.filter(isReady).length,
      ...(succeeded > 0 ? { succeeded } : {}),
      ...(failed > 0 ? { failed } : {}),
      terminating: 0,
      ...(verdict?.type === 'Complete' ? { completionTime: now } : {}),
      ...(isIndexed(job) ? { completedIndexes: indexRanges(completedIndexes) } : {}),
      ...(conditions.length > 0 ? { conditions } : {}),
    }
  }

  function tellSuspension(job: Job, suspended: boolean): void {
    const [reason, message] = suspended ? ['Suspended', 'Job suspended'] : ['Resumed', 'Job resumed']
    events.record(job, { type: 'Normal', reason, message })
  }

  function tell(job: Job, verdict: JobCondition): void {
    if (verdict.type === 'Complete')
      events.record(job, { type: 'Normal', reason: 'Completed', message: 'Job completed' })
    else events.record(job, { type: 'Warning', reason: verdict.reason ?? 'Failed', message: verdict.message ?? '' })
  }

  return newController({
    ...deps,
    reconciler: { name: 'job', reconcile },
    sources: [
      watchSource(all),
      watchSource(pods, {
        toKeys(event) {
          const keys = controllerOwnerKeys(jobs)(event)
          for (const key of keys) {
            if (event.type === 'deleted') expectations.gone(key, event.object)
            else expectations.observed(key, event.object)
          }
          return keys
        },
      }),
    ],
    concurrency: 2,
  })
}

function isFinished(job: Job): boolean {
  return (job.status?.conditions ?? []).some(
    condition => (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
  )
}

/** The condition that ends the job, if it is over. */
function verdictOf(job: Job, counted: JobPods, now: Date): JobCondition | undefined {
  const time = toTimestamp(now)
  const condition = (type: string, reason: string, message: string): JobCondition => ({
    type,
    status: 'True',
    reason,
    message,
    lastProbeTime: time,
    lastTransitionTime: time,
  })
  if (isComplete(job, counted)) {
    return condition('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods')
  }
  if (counted.failed > (job.spec?.backoffLimit ?? 6)) {
    return condition('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  }
  const started = Date.parse(job.status?.startTime ?? time)
  if (
    job.spec?.activeDeadlineSeconds !== undefined &&
    !job.spec.suspend &&
    !isSuspended(job) &&
    now.getTime() - started >= job.spec.activeDeadlineSeconds * 1000
  ) {
    return condition('Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline')
  }
  return undefined
}

/** How long it may still be active; undefined where that has no bound. One that has just begun has all of its time. */
function msUntilDeadline(job: Job, now: Date): number | undefined {
  const { spec, status } = job
  if (spec?.activeDeadlineSeconds === undefined) return undefined
  const isNew = status?.startTime === undefined || isSuspended(job)
  const activeMs = isNew ? 0 : now.getTime() - Date.parse(status.startTime)
  return Math.max(0, spec.activeDeadlineSeconds * 1000 - activeMs)
}

/** Whether its status says that it is suspended. */
function isSuspended(job: Job): boolean {
  return job.status?.conditions?.some(({ type, status }) => type === 'Suspended' && status === 'True') ?? false
}

/** What was said of an earlier suspension stays. */
function keptConditions(job: Job): JobCondition[] {
  return (job.status?.conditions ?? []).filter(({ type }) => type === 'Suspended')
}

function suspension(job: Job, suspended: boolean, now: string): JobCondition {
  const before = keptConditions(job)[0]
  const status = suspended ? 'True' : 'False'
  if (before?.status === status) return before
  return {
    type: 'Suspended',
    status,
    reason: suspended ? 'JobSuspended' : 'JobResumed',
    message: suspended ? 'Job suspended' : 'Job resumed',
    lastProbeTime: now,
    lastTransitionTime: now,
  }
}

/** The API wants the interim condition beside the final one. */
function conditionsOf(verdict: JobCondition): JobCondition[] {
  return [{ ...verdict, type: verdict.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget' }, verdict]
}
