/** What a Job needs next, from the job and its pods. Pure. */
import type { Job } from '../../api/core/batch-v1.ts'
import type { Pod, PodTemplateSpec } from '../../api/core/core-v1.ts'
import { fromTimestamp } from '../../apimachinery/time.ts'
import { isActive } from './pods.ts'

/** The label and annotation that tell a pod of an Indexed Job its index. */
export const indexKey = 'batch.kubernetes.io/job-completion-index'

// The real controller's waits after a failure.
const firstBackoffMs = 10_000
const maxBackoffMs = 600_000

/** The pods that a Job's status counts. */
export interface JobPods {
  readonly active: readonly Pod[]
  readonly succeeded: number
  readonly failed: number
  /** The indexes that are done; empty unless the Job is Indexed. */
  readonly completedIndexes: readonly number[]
}

/** Sorts a Job's pods. Of an Indexed one each index counts once. */
export function countPods(job: Job, own: readonly Pod[]): JobPods {
  const done = own.filter(pod => pod.status?.phase === 'Succeeded')
  const indexes = isIndexed(job) ? [...new Set(done.flatMap(pod => indexOf(pod) ?? []))].sort((a, b) => a - b) : []
  return {
    active: own.filter(isActive),
    succeeded: isIndexed(job) ? indexes.length : done.length,
    failed: own.filter(pod => pod.status?.phase === 'Failed').length,
    completedIndexes: indexes,
  }
}

/** Whether enough pods have succeeded. Without `completions` one success will do, once the others have ended. */
export function isComplete(job: Job, { active, succeeded }: JobPods): boolean {
  const { completions } = job.spec ?? {}
  return completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions
}

/** The pods to start now: the index of each, or undefined for those without one. */
export function podsToStart(job: Job, counted: JobPods): readonly (number | undefined)[] {
  const { parallelism = 1, completions } = job.spec ?? {}
  // Without completions, the first success says that the work is done: nobody new starts.
  const left = completions === undefined ? (counted.succeeded > 0 ? 0 : parallelism) : completions - counted.succeeded
  const missing = Math.max(0, Math.min(parallelism, left) - counted.active.length)
  if (!isIndexed(job)) return Array.from({ length: missing }, () => undefined)
  const taken = new Set([...counted.active.flatMap(pod => indexOf(pod) ?? []), ...counted.completedIndexes])
  const free = Array.from({ length: completions ?? 0 }, (_, index) => index).filter(index => !taken.has(index))
  return free.slice(0, missing)
}

/** How long to wait before another pod starts: ten seconds after a failure, doubled with each in a row. */
export function backoffMs(own: readonly Pod[], now: Date): number {
  const ends = own
    .filter(pod => !isActive(pod) && pod.status?.phase !== undefined)
    .map(pod => ({ pod, at: endOf(pod) }))
  const lastSuccess = Math.max(0, ...ends.filter(({ pod }) => pod.status?.phase === 'Succeeded').map(({ at }) => at))
  const failures = ends.filter(({ pod, at }) => pod.status?.phase === 'Failed' && at > lastSuccess)
  if (failures.length === 0) return 0
  const last = Math.max(...failures.map(({ at }) => at))
  const waitMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** (failures.length - 1))
  return Math.max(0, last + waitMs - now.getTime())
}

/** How long a Job that is over stays; undefined where it stays for ever. */
export function msUntilExpired(job: Job, now: Date): number | undefined {
  const { ttlSecondsAfterFinished: ttl } = job.spec ?? {}
  const end = job.status?.conditions?.find(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  )
  const at = fromTimestamp(end?.lastTransitionTime)?.getTime()
  return ttl === undefined || at === undefined ? undefined : Math.max(0, at + ttl * 1000 - now.getTime())
}

/** The template of the pod of an index: it finds the index in its environment, its labels and its name's end. */
export function templateOfIndex(template: PodTemplateSpec, index: number): PodTemplateSpec {
  const value = String(index)
  const variable = { name: 'JOB_COMPLETION_INDEX', value }
  const withIndex = <T extends { readonly env?: readonly { readonly name: string }[] }>(container: T): T =>
    container.env?.some(({ name }) => name === variable.name)
      ? container
      : { ...container, env: [...(container.env ?? []), variable] }
  const { metadata, spec } = template
  return {
    ...template,
    metadata: {
      ...metadata,
      labels: { ...metadata?.labels, [indexKey]: value },
      annotations: { ...metadata?.annotations, [indexKey]: value },
    },
    ...(spec
      ? {
          spec: {
            ...spec,
            ...(spec.initContainers ? { initContainers: spec.initContainers.map(withIndex) } : {}),
            containers: spec.containers.map(withIndex),
          },
        }
      : {}),
  }
}

/** Indexes as a status lists them: `0,2-4`. */
export function indexRanges(indexes: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const index of indexes) {
    const last = ranges.at(-1)
    if (last && index === last[1] + 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}${to === from + 1 ? ',' : '-'}${to}`)).join(',')
}

/** Whether each of a Job's pods has an index. */
export function isIndexed(job: Job): boolean {
  return job.spec?.completionMode === 'Indexed'
}

function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata?.annotations?.[indexKey]
  return text === undefined ? undefined : Number(text)
}

function endOf(pod: Pod): number {
  const times = (pod.status?.containerStatuses ?? []).map(
    ({ state }) => fromTimestamp(state?.terminated?.finishedAt)?.getTime() ?? 0,
  )
  return Math.max(fromTimestamp(pod.metadata?.creationTimestamp)?.getTime() ?? 0, ...times)
}
