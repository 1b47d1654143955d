/**
 * One informer over all pods in a process of its own, ours or the official one, and what it costs. Speaks with its
 * parent: it says when it has synced, and answers `measure` with its CPU time and how many changes it has seen.
 */
import type { FollowerReport } from './kit-report.ts'

const [subject, kubeconfig = ''] = process.argv.slice(2)
const startMs = performance.now()
let changes = 0
const count = () => {
  changes += 1
}

const follow: Record<string, () => Promise<() => number>> = {
  /** Resolves when synced, with how many objects are held. */
  async serin() {
    const [{ newClient }, { newInformerSet }, { systemClock }, { silentLogger }, { Pod }] = await Promise.all([
      import('../src/runtime/http-client.ts'),
      import('../src/runtime/informer-set.ts'),
      import('../src/runtime/clock.ts'),
      import('../src/runtime/log.ts'),
      import('../src/api/core/core-v1.ts'),
    ])
    importedMs = performance.now()
    const base = { clock: systemClock, log: silentLogger, random: Math.random }
    const informers = newInformerSet({ ...base, client: newClient({ ...base, kubeconfig }) })
    const pods = informers.informer(Pod)
    pods.addHandler({ updated: count })
    void informers.run(new AbortController().signal)
    await pods.synced()
    return () => pods.size
  },
  async official() {
    const { CoreV1Api, KubeConfig, makeInformer } = await import('@kubernetes/client-node')
    importedMs = performance.now()
    const config = new KubeConfig()
    config.loadFromString(kubeconfig)
    const api = config.makeApiClient(CoreV1Api)
    const pods = makeInformer(config, '/api/v1/pods', () => api.listPodForAllNamespaces())
    pods.on('update', count)
    pods.on('error', () => void pods.start())
    await pods.start()
    return () => pods.list().length
  },
}
let importedMs = startMs

const size = await follow[subject ?? '']?.()
const syncedMs = performance.now()
const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
/** What the measurement itself has cost. */
let ownCpuMs = 0
const report = (): FollowerReport => {
  const beforeMs = cpuMs()
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const cost = cpuMs() - beforeMs
  const spentMs = beforeMs - ownCpuMs
  ownCpuMs += cost
  return {
    importMs: importedMs - startMs,
    syncMs: syncedMs - importedMs,
    objects: size?.() ?? 0,
    changes,
    cpuMs: spentMs,
    // Kilobytes on Linux.
    peakBytes: process.resourceUsage().maxRSS * 1024,
    settledBytes: process.memoryUsage.rss(),
    heapBytes: process.memoryUsage().heapUsed,
  }
}
process.on('message', () => process.send?.(report()))
process.on('disconnect', () => process.exit(0))
process.send?.(report())
