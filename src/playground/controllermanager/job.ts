/** Jobs: pods that run to their end. */
import { type Job, Job as jobs } from '../../api/core/batch-v1.ts'
import { type Pod, Pod as podType } from '../../api/core/core-v1.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { toTimestamp } from '../../apimachinery/time.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import { controllerOwnerKeys } from '../../runtime/predicates.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { ControllerManagerDeps } from './deps.ts'
import { Expectations } from './expectations.ts'
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
    if (!job || job.metadata?.deletionTimestamp || isFinished(job)) return {}
    const cached = pods.list(job.metadata?.namespace).filter(pod => controllerOf(pod)?.uid === job.metadata?.uid)
    const own = expectations.apply(key, cached)
    const succeeded = own.filter(pod => pod.status?.phase === 'Succeeded').length
    const failed = own.filter(pod => pod.status?.phase === 'Failed').length
    const active = own.filter(isActive)
    const verdict = verdictOf(job, succeeded, failed, clock.now())
    if (verdict) for (const pod of active) await remove(pod, signal)
    else await start(job, key, active.length, succeeded, signal)
    const running = verdict ? [] : expectations.apply(key, cached).filter(isActive)
    await patchStatus(client, jobs, job, statusOf(job, running, succeeded, failed, verdict), {
      signal,
      fieldManager: 'kube-controller-manager',
    })
    if (verdict) tell(job, verdict)
    const deadline = job.spec?.activeDeadlineSeconds
    return deadline !== undefined && !verdict ? { requeueAfterMs: deadline * 1000 } : {}
  }

  async function start(job: Job, key: string, active: number, succeeded: number, signal: AbortSignal): Promise<void> {
    if (job.spec?.suspend || !job.spec?.template) return
    const wanted = Math.min(job.spec.parallelism ?? 1, (job.spec.completions ?? 1) - succeeded)
    for (let at = active; at < wanted; at++) {
      const pod = await client.create(podType, podFromTemplate(jobs, job, job.spec.template), { signal })
      expectations.created(key, pod)
      events.record(job, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata?.name}` })
    }
  }

  async function remove(pod: Pod, signal: AbortSignal): Promise<void> {
    const { namespace, name = '' } = pod.metadata ?? {}
    await client.delete(podType, { namespace, name }, { signal })
  }

  function statusOf(
    job: Job,
    active: readonly Pod[],
    succeeded: number,
    failed: number,
    verdict: JobCondition | undefined,
  ): JobStatus {
    const now = toTimestamp(clock.now())
    return {
      startTime: job.status?.startTime ?? now,
      ...(active.length > 0 ? { active: active.length } : {}),
      ready: active.filter(isReady).length,
      ...(succeeded > 0 ? { succeeded } : {}),
      ...(failed > 0 ? { failed } : {}),
      terminating: 0,
      ...(verdict?.type === 'Complete' ? { completionTime: now } : {}),
      ...(verdict ? { conditions: conditionsOf(verdict) } : {}),
    }
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
function verdictOf(job: Job, succeeded: number, failed: number, now: Date): JobCondition | undefined {
  const time = toTimestamp(now)
  const condition = (type: string, reason: string, message: string): JobCondition => ({
    type,
    status: 'True',
    reason,
    message,
    lastProbeTime: time,
    lastTransitionTime: time,
  })
  if (succeeded >= (job.spec?.completions ?? 1)) {
    return condition('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods')
  }
  if (failed > (job.spec?.backoffLimit ?? 6)) {
    return condition('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  }
  const started = Date.parse(job.status?.startTime ?? time)
  if (
    job.spec?.activeDeadlineSeconds !== undefined &&
    now.getTime() - started >= job.spec.activeDeadlineSeconds * 1000
  ) {
    return condition('Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline')
  }
  return undefined
}

/** The API wants the interim condition beside the final one. */
function conditionsOf(verdict: JobCondition): JobCondition[] {
  return [{ ...verdict, type: verdict.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget' }, verdict]
}
