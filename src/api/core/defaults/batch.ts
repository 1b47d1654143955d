/** Defaults of batch/v1. */
import { child, type Draft, descend, each, ensure, fill, has } from '../draft.ts'
import { defaultTemplate } from './pod.ts'

/** Completes a Job. A Job without labels takes its template's. */
export function defaultJob(job: Draft): void {
  const spec = ensure(job, 'spec')
  if (!has(spec, 'completions') && !has(spec, 'parallelism')) fill(spec, { completions: 1 })
  fill(spec, {
    parallelism: 1,
    backoffLimit: has(spec, 'backoffLimitPerIndex') ? 2 ** 31 - 1 : 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: has(spec, 'podFailurePolicy') ? 'Failed' : 'TerminatingOrFailed',
    manualSelector: false,
  })
  const labels = descend(spec, 'template', 'metadata', 'labels')
  if (labels) fill(ensure(job, 'metadata'), { labels: { ...labels } })
  defaultFailurePolicy(spec)
  defaultTemplate(spec)
}

/** Completes a CronJob; of its Jobs only the pods are completed here, the rest when they are made. */
export function defaultCronJob(cronJob: Draft): void {
  const spec = ensure(cronJob, 'spec')
  fill(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 })
  const jobSpec = ensure(ensure(spec, 'jobTemplate'), 'spec')
  defaultFailurePolicy(jobSpec)
  defaultTemplate(jobSpec)
}

function defaultFailurePolicy(jobSpec: Draft): void {
  for (const rule of each(child(jobSpec, 'podFailurePolicy'), 'rules')) {
    for (const condition of each(rule, 'onPodConditions')) fill(condition, { status: 'True' })
  }
}
