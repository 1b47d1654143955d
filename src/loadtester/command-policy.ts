/** Which commands of other people's webhooks may run here, and against which hosts load may go. */

/** A task that this load tester will not run; answered with 403. */
export class TaskRefusedError extends Error {
  override readonly name = 'TaskRefusedError'
  readonly reason = 'TaskRefused'
}

/** What the operator allows. */
export interface CommandPolicy {
  /** Programs that may be started, by name; `*` allows all and shells. Empty: only the built-in generator. */
  readonly allowCommands: readonly string[]
  /** Hosts that load may go to, with `*` for any run of characters. Absent: any host. */
  readonly allowHosts?: readonly string[]
}

/** The policy that the flags say, each a list with commas; absent: only the built-in generator, against any host. */
export function commandPolicyOf(flags: {
  readonly allowCommands?: string
  readonly allowHosts?: string
}): CommandPolicy {
  return {
    allowCommands: listOf(flags.allowCommands),
    ...(flags.allowHosts === undefined ? {} : { allowHosts: listOf(flags.allowHosts) }),
  }
}

function listOf(text = ''): readonly string[] {
  return text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
}

/** Throws {@link TaskRefusedError} unless `program` may be started. */
export function checkProgram(policy: CommandPolicy, program: string): void {
  const { allowCommands } = policy
  if (allowCommands.includes('*') || allowCommands.includes(program)) return
  const allowed = allowCommands.length > 0 ? `only ${allowCommands.join(', ')} may` : 'no other program may'
  throw new TaskRefusedError(
    `${JSON.stringify(program)} may not be run: hey and wrk are built in, ${allowed} be started (--allow-commands)`,
  )
}

/** Throws {@link TaskRefusedError} unless load may go to `url`'s host. */
export function checkHost(policy: CommandPolicy, url: URL): void {
  const { allowHosts } = policy
  if (!allowHosts || allowHosts.some(pattern => matches(pattern, url.hostname))) return
  throw new TaskRefusedError(
    `load may not go to ${JSON.stringify(url.hostname)}: only to ${allowHosts.join(', ')} (--allow-hosts)`,
  )
}

function matches(pattern: string, host: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return pattern === host
  if (!host.startsWith(head)) return false
  let at = head.length
  for (const [index, piece] of rest.entries()) {
    const isLast = index === rest.length - 1
    const found = isLast ? host.length - piece.length : host.indexOf(piece, at)
    if (found < at || !host.startsWith(piece, found)) return false
    at = found + piece.length
  }
  return true
}
