/** What the kubelet and the process that hosts Serin's own programs say to each other. */

/** What a program is started with. */
export interface HostedProgram {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly address: string
  readonly hostname: string
  readonly version: string
}

/** From the kubelet. */
export type HostRequest =
  | { readonly op: 'start'; readonly id: string; readonly spec: HostedProgram }
  | { readonly op: 'stop'; readonly id: string }
  /** Ends it without letting it finish anything. */
  | { readonly op: 'kill'; readonly id: string }
  | { readonly op: 'exec'; readonly id: string; readonly call: number; readonly argv: readonly string[] }

/** To the kubelet. */
export type HostReply =
  | { readonly event: 'started'; readonly id: string }
  | { readonly event: 'startFailed'; readonly id: string; readonly message: string }
  | { readonly event: 'line'; readonly id: string; readonly line: string }
  | { readonly event: 'exited'; readonly id: string; readonly code: number }
  | { readonly event: 'execDone'; readonly call: number; readonly code: number; readonly output: string }
