/** One pod on this node, from its binding to its end. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type Container, Pod } from '../../api/core/core-v1.ts'
import { toTimestamp } from '../../apimachinery/time.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { type Client, isNotFound } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { Logger } from '../../runtime/log.ts'
import { type ContainerRuntime, type ContainerSpec, StartError } from './container.ts'
import { ContainerLoop } from './container-loop.ts'
import { type ConfigLookup, environmentOf, expand } from './environment.ts'
import { type ImageMapping, resolveImage } from './images.ts'
import { podStatus } from './pod-status.ts'
import { removeVolumes, withMounts, writeVolumes } from './volumes.ts'

/** What all pods of a node share. */
export interface PodWorkerDeps {
  readonly client: Client
  readonly clock: Clock
  readonly events: EventRecorder
  readonly log: Logger
  readonly images: readonly ImageMapping[]
  readonly runtimes: { readonly builtin: ContainerRuntime; readonly process: ContainerRuntime }
  /** ConfigMaps and Secrets of a namespace. */
  readonly config: (namespace: string) => Promise<ConfigLookup>
  /** Variables that every container gets unless it sets them, such as the way into the mesh. */
  readonly commonEnv: (pod: Pod) => Readonly<Record<string, string>>
  /** Resolves when nobody sends requests to the pod any more; rejects when `signal` aborts first. */
  readonly drained: (pod: Pod, signal: AbortSignal) => Promise<void>
  readonly hostIP: string
  /** Where pods' files go. */
  readonly folder: string
}

// The mesh drops a pod that goes within milliseconds; where something hangs, the pod's own grace period counts.
const maxDrainMs = 5_000
// Long enough for an API server to come back; a status is written again from scratch after it anyway.
const statusRetryMs = 1_000

/** Runs a pod. */
export class PodWorker {
  readonly #deps: PodWorkerDeps
  readonly #address: string
  readonly #startTime: string
  readonly #init: readonly ContainerLoop[]
  readonly #containers: readonly ContainerLoop[]
  #pod: Pod
  #terminating: Promise<void> | undefined
  /** Resolves when the pod is told to end. */
  readonly #ending = Promise.withResolvers<void>()
  #endsByMs: number | undefined
  #writing: Promise<void> | undefined
  #volumes: Promise<unknown> = Promise.resolve()
  #dirty = false
  #gone = false
  readonly #abandoned = new AbortController()

  constructor(deps: PodWorkerDeps, pod: Pod, address: string) {
    this.#deps = deps
    this.#pod = pod
    this.#address = address
    this.#startTime = pod.status?.startTime ?? toTimestamp(deps.clock.now())
    const loopOf = (isInit: boolean) => (container: Container) =>
      new ContainerLoop(
        {
          clock: deps.clock,
          address,
          prepare: (which, attempt) => this.#prepare(which, attempt),
          changed: () => this.#changed(),
          event: (type, reason, message) => deps.events.record(this.#pod, { type, reason, message }),
        },
        pod,
        container,
        isInit,
      )
    this.#init = (pod.spec?.initContainers ?? []).map(loopOf(true))
    this.#containers = (pod.spec?.containers ?? []).map(loopOf(false))
  }

  /** Runs until all containers have ended for good. */
  async run(): Promise<void> {
    this.#changed()
    const sidecars: { readonly loop: ContainerLoop; readonly over: Promise<void> }[] = []
    if (await this.#initialize(sidecars)) await Promise.all(this.#containers.map(loop => loop.run()))
    // Those that run beside the others end after them, the last one first.
    for (const { loop, over } of sidecars.reverse()) {
      await loop.stop(this.#graceLeftMs())
      await over
    }
  }

  /** Runs the init containers one after the other; false where the pod ends before the others may start. */
  async #initialize(sidecars: { loop: ContainerLoop; over: Promise<void> }[]): Promise<boolean> {
    for (const loop of this.#init) {
      if (loop.isSidecar) {
        sidecars.push({ loop, over: loop.run() })
        await Promise.race([loop.up, this.#ending.promise])
      } else {
        await loop.run()
        if (loop.view.state.terminated?.exitCode !== 0) return false
      }
      if (this.#terminating || this.#gone) return false
    }
    return !this.#terminating
  }

  #graceLeftMs(): number {
    if (this.#gone) return 0
    const periodMs = (this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000
    return this.#endsByMs === undefined ? periodMs : Math.max(1, this.#endsByMs - this.#deps.clock.monotonicMs())
  }

  /** Takes the pod's newest state; ends it when that asks for it. */
  update(pod: Pod): void {
    const before = this.#pod
    this.#pod = pod
    if (!sameNotes(before, pod)) void this.refreshVolumes()
    if (pod.metadata?.deletionTimestamp) this.#terminating ??= this.#terminate()
  }

  /** Brings changed ConfigMaps and Secrets into the pod's volumes. */
  async refreshVolumes(): Promise<void> {
    if (this.#terminating) return
    await this.#writeVolumes().catch(error => this.#deps.log.warn('volumes not refreshed', { pod: this.#key, error }))
  }

  /** Ends everything at once, without a word to the API: the node itself goes away. */
  async abandon(): Promise<void> {
    this.#gone = true
    this.#ending.resolve()
    this.#abandoned.abort()
    await Promise.all([...this.#init, ...this.#containers].map(loop => loop.stop(0)))
  }

  /** The processes of its containers that are processes of their own; undefined where one is not. */
  get processGroups(): readonly number[] | undefined {
    const groups = this.#containers.flatMap(({ handle }) => (handle ? [handle.processGroup] : []))
    return groups.includes(undefined) ? undefined : groups.filter(group => group !== undefined)
  }

  /** The loops of the container of that name, for its logs; the first one without a name. */
  loop(container: string | undefined): ContainerLoop | undefined {
    const all = [...this.#containers, ...this.#init]
    return container ? all.find(loop => loop.container.name === container) : all[0]
  }

  get #key(): string {
    return `${this.#pod.metadata?.namespace}/${this.#pod.metadata?.name}`
  }

  get #folder(): string {
    return path.join(this.#deps.folder, this.#pod.metadata?.uid ?? '')
  }

  get #facts() {
    return { podIP: this.#address, hostIP: this.#deps.hostIP }
  }

  /** One writing after the other: each begins with what the one before left. */
  #writeVolumes(): Promise<ReadonlyMap<string, string>> {
    const write = async () => {
      const lookup = await this.#deps.config(this.#pod.metadata?.namespace ?? '')
      await mkdir(this.#folder, { recursive: true })
      return writeVolumes(this.#pod, this.#folder, lookup, this.#facts)
    }
    const written = this.#volumes.then(write, write)
    this.#volumes = written
    return written
  }

  /** What to run for a container, with everything it refers to resolved. */
  async #prepare(container: Container, attempt: number): Promise<{ runtime: ContainerRuntime; spec: ContainerSpec }> {
    const image = container.image ?? ''
    const program = resolveImage(image, this.#deps.images)
    if (!program) {
      const repository = image.replace(/[:@][^/]*$/, '')
      throw new StartError(
        'ErrImagePull',
        `no program on this machine stands for image ${JSON.stringify(image)}; map it with: serin up --image ${repository}=COMMAND`,
      )
    }
    const volumes = await this.#writeVolumes()
    const lookup = await this.#deps.config(this.#pod.metadata?.namespace ?? '')
    const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, subPath = '' }) => ({
      mountPath,
      hostPath: path.join(volumes.get(name) ?? this.#folder, subPath),
    }))
    const own = environmentOf(this.#pod, container, lookup, this.#facts)
    const env = {
      ...this.#deps.commonEnv(this.#pod),
      HOSTNAME: this.#pod.metadata?.name ?? '',
      ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, withMounts(value, mounts)])),
    }
    const words = [...(container.command ?? []), ...(container.args ?? [])].map(word =>
      withMounts(expand(word, env), mounts),
    )
    return {
      runtime: program.kind === 'builtin' ? this.#deps.runtimes.builtin : this.#deps.runtimes.process,
      spec: {
        id: `${this.#pod.metadata?.uid}-${container.name}-${attempt}`,
        namespace: this.#pod.metadata?.namespace ?? '',
        pod: this.#pod.metadata?.name ?? '',
        name: container.name,
        image,
        // A bundled program is told by its own name; of the image's command only the arguments count.
        argv:
          program.kind === 'builtin'
            ? [program.program, ...(container.command ? words.slice(1) : words)]
            : [...program.argv, ...(container.command ? words.slice(1) : words)],
        env: program.kind === 'builtin' ? env : { ...env, POD_IP: this.#address },
        workingDir: container.workingDir && program.kind === 'builtin' ? container.workingDir : this.#folder,
        address: this.#address,
        mounts,
      },
    }
  }

  async #terminate(): Promise<void> {
    const { clock, drained } = this.#deps
    const begunMs = clock.monotonicMs()
    const periodMs = (this.#pod.metadata?.deletionGracePeriodSeconds ?? 30) * 1000
    this.#endsByMs = begunMs + periodMs
    this.#ending.resolve()
    // A pod that closes its port while it still gets requests loses them.
    const limit = withDeadline(clock, Math.min(periodMs, maxDrainMs), this.#abandoned.signal)
    await drained(this.#pod, limit.signal)
      .catch(() => {})
      .finally(limit.clear)
    const graceMs = periodMs === 0 ? 0 : Math.max(1, periodMs - (clock.monotonicMs() - begunMs))
    const loops = [...this.#containers, ...this.#init]
    for (const loop of loops) {
      if (loop.view.state.running) {
        this.#deps.events.record(this.#pod, {
          type: 'Normal',
          reason: 'Killing',
          message: `Stopping container ${loop.container.name}`,
        })
      }
    }
    await Promise.all(loops.filter(loop => !loop.isSidecar).map(loop => loop.stop(graceMs)))
  }

  /** Called by the kubelet when {@link run} is over: removes the pod's files, and the pod if it was deleted. */
  async finish(): Promise<void> {
    await this.#writing
    await removeVolumes(this.#folder)
    if (!this.#pod.metadata?.deletionTimestamp || this.#gone) return
    this.#gone = true
    const { namespace, name = '', uid } = this.#pod.metadata
    for (;;) {
      try {
        await this.#deps.client.delete(
          Pod,
          { namespace, name },
          { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) },
        )
        return
      } catch (error) {
        if (isNotFound(error)) return
        this.#deps.log.warn('pod not removed', { pod: this.#key, error })
        await this.#deps.clock.sleep(statusRetryMs)
      }
    }
  }

  /** Writes the status soon; changes that come meanwhile go into the same or the next write. */
  #changed(): void {
    this.#dirty = true
    this.#writing ??= this.#writeStatus().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeStatus(): Promise<void> {
    // Lets the changes of one moment come together.
    await Promise.resolve()
    while (this.#dirty && !this.#gone) {
      this.#dirty = false
      const status = podStatus({
        pod: this.#pod,
        init: this.#init.map(loop => loop.view),
        containers: this.#containers.map(loop => loop.view),
        podIP: this.#address,
        hostIP: this.#deps.hostIP,
        startTime: this.#startTime,
        now: toTimestamp(this.#deps.clock.now()),
      })
      try {
        const { object } = await patchStatus(this.#deps.client, Pod, this.#pod, status, {
          signal: this.#abandoned.signal,
          fieldManager: 'kubelet',
        })
        this.#pod = { ...this.#pod, ...(object.status ? { status: object.status } : {}) }
      } catch (error) {
        if (isNotFound(error) || this.#gone) return
        this.#deps.log.warn('pod status not written', { pod: this.#key, error })
        this.#dirty = true
        await this.#deps.clock.sleep(statusRetryMs)
      }
    }
  }
}

/** Whether what the downward API tells and may change is the same. */
function sameNotes(one: Pod, other: Pod): boolean {
  const notes = ({ metadata }: Pod) => JSON.stringify([metadata?.labels, metadata?.annotations])
  return notes(one) === notes(other)
}
