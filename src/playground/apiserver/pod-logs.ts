/** Where the kubelet, which keeps the logs of containers, registers to be asked for them. */

/** What a reader of a log asks for (core/v1 PodLogOptions). */
export interface PodLogRequest {
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly container: string
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  /** RFC 3339. */
  readonly sinceTime?: string
  readonly limitBytes?: number
  /** Aborts when the reader goes. */
  readonly signal: AbortSignal
}

/** Gives the lines of a container's log, without line ends, or undefined when it knows nothing of the container. */
export type PodLogHandler = (request: PodLogRequest) => AsyncIterable<string> | undefined

/** Where a kubelet registers. */
export class PodLogs {
  readonly #handlers = new Set<PodLogHandler>()

  /** Asks `handler` for logs from now on, until the result is called. */
  register(handler: PodLogHandler): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  open(request: PodLogRequest): AsyncIterable<string> | undefined {
    for (const handler of this.#handlers) {
      const lines = handler(request)
      if (lines) return lines
    }
    return undefined
  }
}
