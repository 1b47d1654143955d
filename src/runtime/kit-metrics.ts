/** What the kit tells about itself, under the names that client-go and controller-runtime use. */
import type { ObservedRequest } from './http-transport.ts'
import type { MetricRegistry } from './metrics.ts'
import type { QueueMetrics } from './workqueue.ts'

/** client-go's start at 10 ns, which no loop that talks to an API needs. */
const queueBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300]
const reconcileBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Counts API requests by verb, resource and code; give it to `newClient` as `observe`. */
export function requestMetrics(registry: MetricRegistry): (request: ObservedRequest) => void {
  const labels = ['verb', 'group', 'resource', 'code']
  const total = registry.counter({
    name: 'rest_client_requests_total',
    help: 'API requests by verb, resource and answer; code 0 is no answer.',
    labels,
  })
  const duration = registry.histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long API requests took.',
    labels: ['verb', 'resource'],
  })
  return ({ verb, group, resource, subresource, code, durationMs }) => {
    const name = subresource ? `${resource}/${subresource}` : resource
    total.inc({ verb, group, resource: name, code: String(code) })
    duration.observe(durationMs / 1000, { verb, resource: name })
  }
}

/** A queue's metrics, by its name. */
export function queueMetrics(registry: MetricRegistry, name: string): QueueMetrics {
  const labels = ['name']
  const self = { name }
  const adds = registry.counter({ name: 'workqueue_adds_total', help: 'Keys added to the queue.', labels })
  const retries = registry.counter({
    name: 'workqueue_retries_total',
    help: 'Keys added again after a failure.',
    labels,
  })
  const depth = registry.gauge({ name: 'workqueue_depth', help: 'Keys that are ready and wait.', labels })
  const waits = registry.histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys waited for a worker.',
    labels,
    buckets: queueBuckets,
  })
  const works = registry.histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long workers took.',
    labels,
    buckets: queueBuckets,
  })
  depth.set(0, self)
  return {
    added: () => adds.inc(self),
    retried: () => retries.inc(self),
    depth: keys => depth.set(keys, self),
    taken: waitedMs => waits.observe(waitedMs / 1000, self),
    finished: workedMs => works.observe(workedMs / 1000, self),
  }
}

/** How a reconcile ended. */
export type ReconcileOutcome = 'success' | 'requeue_after' | 'error' | 'terminal_error'

/** A controller's metrics. */
export interface ControllerMetrics {
  started(): void
  ended(outcome: ReconcileOutcome, tookMs: number): void
}

/** A controller's metrics, by its name. */
export function controllerMetrics(registry: MetricRegistry, controller: string): ControllerMetrics {
  const total = registry.counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by result.',
    labels: ['controller', 'result'],
  })
  const time = registry.histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long reconciles took.',
    labels: ['controller'],
    buckets: reconcileBuckets,
  })
  const active = registry.gauge({
    name: 'controller_runtime_active_workers',
    help: 'Reconciles under way.',
    labels: ['controller'],
  })
  active.set(0, { controller })
  return {
    started: () => active.add(1, { controller }),
    ended(result, tookMs) {
      active.add(-1, { controller })
      total.inc({ controller, result })
      time.observe(tookMs / 1000, { controller })
    },
  }
}

/** The process's own metrics, under the names of the Prometheus client libraries. */
export function processMetrics(
  registry: MetricRegistry,
  source: Pick<NodeJS.Process, 'memoryUsage' | 'cpuUsage'>,
): void {
  registry.gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    collect: () => source.memoryUsage.rss(),
  })
  registry.gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Heap in use.',
    collect: () => source.memoryUsage().heapUsed,
  })
  registry.counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time since the start.',
    collect: () => {
      const { user, system } = source.cpuUsage()
      return (user + system) / 1e6
    },
  })
}
