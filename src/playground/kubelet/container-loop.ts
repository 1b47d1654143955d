/** Keeps one container of a pod as its restart policy asks: pulls, starts, probes, restarts with back-off. */
import type { Container, ContainerState, Pod } from '../../api/core/core-v1.ts'
import { toTimestamp } from '../../apimachinery/time.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type ContainerHandle, type ContainerRuntime, type ContainerSpec, type Exit, StartError } from './container.ts'
import { ContainerLog } from './container-log.ts'
import { type HookTarget, runHook } from './lifecycle-hook.ts'
import type { ContainerView } from './pod-status.ts'
import { type Probe, type ProbeResult, runProbe } from './probe.ts'

/** What a loop needs from its pod. */
export interface ContainerLoopDeps {
  readonly clock: Clock
  /** The pod's own address. */
  readonly address: string
  /** Finds the runtime and what to run; throws StartError (ErrImagePull, CreateContainerConfigError, ...). */
  readonly prepare: (
    container: Container,
    attempt: number,
  ) => Promise<{ runtime: ContainerRuntime; spec: ContainerSpec }>
  /** Called after every change of the view. */
  readonly changed: () => void
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string) => void
}

// The kubelet's: 10 s, doubled up to 5 minutes, forgotten after 10 minutes of running.
const firstBackoffMs = 10_000
const maxBackoffMs = 300_000
const forgetAfterMs = 600_000

/** One container over all its lives. */
export class ContainerLoop {
  readonly container: Container
  /** Whether it runs beside the pod's containers, though it is listed with those that run before them. */
  readonly isSidecar: boolean
  readonly #deps: ContainerLoopDeps
  readonly #pod: Pod
  readonly #isInit: boolean
  readonly #up = Promise.withResolvers<void>()
  readonly #stopping = new AbortController()
  #handle: ContainerHandle | undefined
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } }
  #lastState: ContainerState = {}
  #restarts = 0
  #ready = false
  #started = false
  #finished = false
  #containerID: string | undefined
  #graceMs = 30_000
  /** The log of the life under way (or the last), and of the one before. */
  readonly logs: { current: ContainerLog | undefined; previous: ContainerLog | undefined } = {
    current: undefined,
    previous: undefined,
  }

  constructor(deps: ContainerLoopDeps, pod: Pod, container: Container, isInit: boolean) {
    this.#deps = deps
    this.#pod = pod
    this.container = container
    this.isSidecar = isInit && container.restartPolicy === 'Always'
    this.#isInit = isInit && !this.isSidecar
    if (!isInit && (pod.spec?.initContainers ?? []).length > 0) this.#state = { waiting: { reason: 'PodInitializing' } }
  }

  /** Resolves when it has started up for the first time, or never will. */
  get up(): Promise<void> {
    return this.#up.promise
  }

  /** The life under way, if there is one. */
  get handle(): ContainerHandle | undefined {
    return this.#handle
  }

  get view(): ContainerView {
    return {
      name: this.container.name,
      image: this.container.image ?? '',
      state: this.#state,
      lastState: this.#lastState,
      restartCount: this.#restarts,
      ready: this.#ready,
      started: this.#started,
      ...(this.#containerID ? { containerID: this.#containerID } : {}),
      finished: this.#finished,
      isSidecar: this.isSidecar,
    }
  }

  /** Runs until the container need not run any more, or was stopped. */
  async run(): Promise<void> {
    let failures = 0
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      const startedMs = this.#deps.clock.monotonicMs()
      const exit = await this.#live(attempt)
      if (exit && !this.#mayRestart(exit)) break
      if (this.#stopping.signal.aborted) break
      if (exit && this.#deps.clock.monotonicMs() - startedMs > forgetAfterMs) failures = 0
      await this.#backOff(failures++, exit)
    }
    this.#finished = true
    this.#up.resolve()
    this.#set({ ready: false })
  }

  /** Ends the container for good, after its preStop hook, within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#graceMs = graceMs
    const first = !this.#stopping.signal.aborted
    this.#stopping.abort()
    const handle = this.#handle
    if (!handle) return
    if (first && graceMs > 0) await this.#preStop(handle, graceMs)
    handle.stop(graceMs)
  }

  /** One life: from pulling to the exit; undefined where it did not start. */
  async #live(attempt: number): Promise<Exit | undefined> {
    const { clock, event } = this.#deps
    const log = new ContainerLog()
    try {
      const { runtime, spec } = await this.#deps.prepare(this.container, attempt)
      event('Normal', 'Pulled', `Container image "${spec.image}" already present on machine`)
      const handle = await runtime.start(spec, text => log.add({ at: clock.now(), text }))
      this.#handle = handle
      this.logs.previous = this.logs.current
      this.logs.current = log
      this.#containerID = `serin://${spec.id}`
      event('Normal', 'Created', `Container created: ${this.container.name}`)
      event('Normal', 'Started', `Container started: ${this.container.name}`)
      const exit = await this.#running(handle)
      log.close()
      return exit
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      log.close()
      this.#tellWhyNotStarted(error)
      return undefined
    }
  }

  /** As the kubelet says it: a volume that cannot be had leaves the container as it was. */
  #tellWhyNotStarted({ reason, message }: StartError): void {
    const { event } = this.#deps
    if (reason === 'FailedMount') return event('Warning', reason, `MountVolume.SetUp failed: ${message}`)
    this.#set({ state: { waiting: { reason, message } } })
    event('Warning', 'Failed', reason === 'ErrImagePull' ? message : `Error: ${message}`)
  }

  async #running(handle: ContainerHandle): Promise<Exit> {
    const { clock } = this.#deps
    const startedAt = toTimestamp(clock.now())
    const { startupProbe, readinessProbe } = this.container
    await this.#postStart(handle)
    if (this.#stopping.signal.aborted) handle.stop(this.#graceMs)
    this.#set({ state: { running: { startedAt } }, started: !startupProbe, ready: !startupProbe && !readinessProbe })
    const over = new AbortController()
    this.#probe(handle, over.signal)
    const exit = await handle.exited
    over.abort()
    this.#handle = undefined
    this.#set({
      started: false,
      ready: this.#isInit && exit.code === 0,
      state: {
        terminated: {
          exitCode: exit.code,
          reason: exit.reason ?? (exit.code === 0 ? 'Completed' : 'Error'),
          ...(exit.message ? { message: exit.message } : {}),
          startedAt,
          finishedAt: toTimestamp(clock.now()),
          ...(this.#containerID ? { containerID: this.#containerID } : {}),
        },
      },
    })
    return exit
  }

  /** Startup first; readiness and liveness once it has passed. */
  #probe(handle: ContainerHandle, signal: AbortSignal): void {
    const { startupProbe, readinessProbe, livenessProbe } = this.container
    const target = { address: this.#deps.address, ports: this.container.ports, handle }
    const start = (kind: string, probe: Probe | undefined, settle: (ok: boolean) => void) => {
      if (!probe) return
      const onResult = (result: ProbeResult, settled: boolean | undefined) => {
        if (!result.ok) this.#deps.event('Warning', 'Unhealthy', `${kind} probe failed: ${result.output}`)
        if (settled !== undefined) settle(settled)
      }
      runProbe(this.#deps, probe, target, onResult, signal).catch(() => {
        // The container is over; so is its probe.
      })
    }
    const afterStartup = () => {
      start('Readiness', readinessProbe, ok => this.#set({ ready: ok }))
      start('Liveness', livenessProbe, ok => ok || this.#kill(handle, 'liveness'))
    }
    if (!startupProbe) return afterStartup()
    start('Startup', startupProbe, ok => {
      if (!ok) return this.#kill(handle, 'startup')
      if (this.#started) return
      this.#set({ started: true, ready: !readinessProbe })
      afterStartup()
    })
  }

  #kill(handle: ContainerHandle, probe: string): void {
    this.#deps.event('Normal', 'Killing', `Container ${this.container.name} failed ${probe} probe, will be restarted`)
    handle.stop((this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000)
  }

  #mayRestart(exit: Exit): boolean {
    const policy = this.isSidecar ? 'Always' : (this.#pod.spec?.restartPolicy ?? 'Always')
    if (this.#stopping.signal.aborted) return false
    if (this.#isInit) return exit.code !== 0 && policy !== 'Never'
    return policy === 'Always' || (policy === 'OnFailure' && exit.code !== 0)
  }

  /** Waits before the next life. The first restart is at once, as the kubelet's is. */
  async #backOff(failures: number, exit: Exit | undefined): Promise<void> {
    if (exit) {
      this.#lastState = this.#state
      this.#restarts++
      if (failures === 0) return
    }
    const doubled = firstBackoffMs * 2 ** Math.max(0, failures - (exit ? 1 : 0))
    // What it refers to may come any moment: looked for again each time the kubelet looks at its pods.
    const isMissing = !exit && this.#state.waiting?.reason !== 'ErrImagePull'
    const waitMs = isMissing ? firstBackoffMs : Math.min(maxBackoffMs, doubled)
    const seconds = waitMs / 1000
    if (exit) {
      const { name, namespace, uid } = this.#pod.metadata ?? {}
      const message = `back-off ${seconds}s restarting failed container=${this.container.name} pod=${name}_${namespace}(${uid})`
      this.#set({ state: { waiting: { reason: 'CrashLoopBackOff', message } } })
      this.#deps.event(
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${this.container.name} in pod ${name}_${namespace}(${uid})`,
      )
    } else if (this.#state.waiting?.reason === 'ErrImagePull') {
      const message = `Back-off pulling image "${this.container.image}": ${this.#state.waiting.message}`
      this.#set({ state: { waiting: { reason: 'ImagePullBackOff', message } } })
      this.#deps.event('Normal', 'BackOff', `Back-off pulling image "${this.container.image}"`)
    }
    await this.#deps.clock.sleep(waitMs, this.#stopping.signal).catch(() => {
      // Stopped while waiting: the loop ends.
    })
  }

  async #preStop(handle: ContainerHandle, graceMs: number): Promise<void> {
    const { preStop } = this.container.lifecycle ?? {}
    if (!preStop) return
    try {
      await runHook(preStop, this.#hookTarget(handle), AbortSignal.timeout(Math.ceil(graceMs)))
    } catch (error) {
      this.#hookFailed('PreStopHook', error)
    }
  }

  /** The container counts as running only after its postStart hook; one that fails ends it. */
  async #postStart(handle: ContainerHandle): Promise<void> {
    const { postStart } = this.container.lifecycle ?? {}
    if (!postStart) return
    const over = new AbortController()
    handle.exited.then(() => over.abort(new Error('the container ended')))
    try {
      await runHook(postStart, this.#hookTarget(handle), AbortSignal.any([over.signal, this.#stopping.signal]))
    } catch (error) {
      if (over.signal.aborted || this.#stopping.signal.aborted) return
      this.#hookFailed('PostStartHook', error)
      handle.stop((this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000)
    }
  }

  #hookTarget(handle: ContainerHandle): HookTarget {
    return { clock: this.#deps.clock, address: this.#deps.address, ports: this.container.ports, handle }
  }

  #hookFailed(hook: 'PostStartHook' | 'PreStopHook', error: unknown): void {
    this.#deps.event('Warning', `Failed${hook}`, `${hook} failed: ${error instanceof Error ? error.message : error}`)
  }

  #set(change: { state?: ContainerState; ready?: boolean; started?: boolean }): void {
    const before = JSON.stringify(this.view)
    if (change.state) this.#state = change.state
    if (change.ready !== undefined) this.#ready = change.ready
    if (change.started !== undefined) this.#started = change.started
    if (this.#started) this.#up.resolve()
    if (JSON.stringify(this.view) !== before || this.#finished) this.#deps.changed()
  }
}
