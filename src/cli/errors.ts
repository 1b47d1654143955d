/** How commands end: exit codes, and errors that carry one. */

/** The exit codes of every command; `serin help exit-codes` shows them. */
export const exitCodes = {
  ok: 0,
  /** The command did its work, and the answer is no: a rollout failed, a change differs, the demo went wrong. */
  failed: 1,
  /** The command line or an input file is wrong. */
  usage: 2,
  /** No local cluster runs there, or a cluster cannot be reached. */
  unreachable: 3,
  /** A directory, port or file is taken or cannot be written. */
  unavailable: 4,
  /** The cluster has no such object, or refuses what was asked. */
  refused: 5,
  interrupted: 130,
} as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a command with one line and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly reason: keyof typeof exitCodes
  readonly exitCode: ExitCode

  constructor(reason: keyof typeof exitCodes, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.reason = reason
    this.exitCode = exitCodes[reason]
  }
}

/** The exit code and the one line of anything that was thrown. */
export function endingOf(error: unknown): { readonly code: ExitCode; readonly line: string } {
  const line = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ')
  if (error instanceof CliError) return { code: error.exitCode, line }
  const { name, reason, code, status } = (error ?? {}) as {
    name?: string
    reason?: string
    code?: unknown
    status?: unknown
  } // anything may be thrown
  if (name === 'ConnectionError') return { code: exitCodes.unreachable, line }
  if (name === 'ApiError' && typeof code === 'number' && status) return { code: exitCodes.refused, line }
  if (name === 'KubeConfigError' || name === 'YamlError' || reason === 'ImageMapping' || reason === 'PrometheusChoice')
    return { code: exitCodes.usage, line }
  if (code === 'ENOENT') return { code: exitCodes.usage, line }
  const taken = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EADDRINUSE', 'ENOTDIR', 'EEXIST']
  if (typeof code === 'string' && taken.includes(code)) return { code: exitCodes.unavailable, line }
  return { code: exitCodes.failed, line }
}
