/** Who waits for a pod to be left alone by the mesh. */
import { orAbort } from '../../runtime/abort.ts'
import type { MeshConfig } from './config.ts'
import type { Upstreams } from './upstreams.ts'

/** Knows which pods the mesh sends requests to. */
export class Drains {
  readonly #upstreams: Upstreams
  readonly #waiting = new Set<() => void>()
  #pods: ReadonlySet<string> = new Set()

  constructor(upstreams: Upstreams) {
    this.#upstreams = upstreams
  }

  /** Takes the configuration that is in force now. */
  update(config: MeshConfig): void {
    this.#pods = new Set(
      config.services.flatMap(({ namespace, ports }) =>
        ports.flatMap(({ endpoints }) => endpoints.map(({ pod }) => `${namespace}/${pod}`)),
      ),
    )
    for (const check of [...this.#waiting]) check()
  }

  /** Resolves when the pod gets no more requests and has answered all that it got. */
  async wait(namespace: string, pod: string, signal: AbortSignal): Promise<void> {
    await orAbort(this.#left(`${namespace}/${pod}`, signal), signal)
    await orAbort(this.#upstreams.drained(namespace, pod), signal)
  }

  #left(key: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const check = () => {
      if (this.#pods.has(key) && !signal.aborted) return
      this.#waiting.delete(check)
      resolve()
    }
    this.#waiting.add(check)
    signal.addEventListener('abort', check, { once: true })
    check()
    return promise
  }
}
