/** Command lines in Go's way: one dash is as good as two. Pure. */

// These take the place of programs whose flags are Go's, and whose charts write them with one dash.
const goLike = ['manager', 'agent', 'loadtester']
// klog's verbosity, the one flag of a single letter that such a program has.
const withVerbosity = 'agent'

/** The arguments (after the program's name) as the parser wants them. */
export function withTwoDashes(args: readonly string[]): string[] {
  const [command = ''] = args
  if (!goLike.includes(command)) return [...args]
  return args.map(arg =>
    arg
      .replace(/^-(?=[a-z][a-z_-]+(=|$))/, '--')
      .replace(/^-v(?==|$)/, dashed => (command === withVerbosity ? `-${dashed}` : dashed))
      // A name that begins with `no-` would be taken for the opposite of a flag.
      .replace(/^--no-cross-namespace-refs(?==|$)/, '--refuse-cross-namespace-refs'),
  )
}
