/** A container as the kubelet sees it: something that runs, says lines, and ends with a code. */

/** What to run. */
export interface ContainerSpec {
  /** Unique among all containers that ever ran, for logs and errors. */
  readonly id: string
  readonly namespace: string
  readonly pod: string
  readonly name: string
  readonly image: string
  /** The program and its arguments, as the pod or the image's mapping says. */
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly workingDir: string
  /** The pod's own loopback address. */
  readonly address: string
  /** Where the pod's volumes are on this machine, by their path in the container. */
  readonly mounts: readonly { readonly mountPath: string; readonly hostPath: string }[]
}

/** How a container ended. */
export interface Exit {
  readonly code: number
  /** Absent: `Completed` for 0, else `Error`. */
  readonly reason?: string
  readonly message?: string
}

/** What a command inside a container came to. */
export interface ExecResult {
  readonly code: number
  readonly output: string
}

/** A container that was started. */
export interface ContainerHandle {
  readonly exited: Promise<Exit>
  /** The process group that it is; absent where it shares a process with others. */
  readonly processGroup?: number
  /** Asks it to end (SIGTERM) and makes it end (SIGKILL) after `graceMs`. May be called again with less time. */
  stop(graceMs: number): void
  /** Runs a command beside it; rejects when `signal` aborts first. */
  exec(argv: readonly string[], signal: AbortSignal): Promise<ExecResult>
}

/** Runs containers of one sort. */
export interface ContainerRuntime {
  /** Starts a container; rejects with {@link StartError} if it cannot be. `onLine` gets each line of its output. */
  start(spec: ContainerSpec, onLine: (line: string) => void): Promise<ContainerHandle>
  /** Ends everything at once. */
  close(): Promise<void>
}

/** A container could not be started; `reason` is what its status then shows. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly reason: string

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}
