/** The commands about rollouts. */
import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { collect, dirOption, durationMs, examples, lines, percent, positiveInteger } from './options.ts'

/** Adds them. */
export function addRolloutCommands(program: Command, io: Io): void {
  const about = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<application>', 'its name')
      .addOption(dirOption())
      .option('-n, --namespace <namespace>', 'of the Application', 'default')
      .option('--cluster <name>', 'one member instead of all')
  about('watch', 'Show the rollouts of all workloads of an Application as they go, until Ctrl-C.')
    .addHelpText('after', examples('serin watch my-app', 'serin watch my-app --cluster kurator-member1'))
    .action(async (name, options) => (await import('../commands/watch.ts')).watch(io, name, options))
  about('explain', 'Say why the rollouts of an Application stand where they do.')
    .option('--json', 'one JSON object a member')
    .addHelpText('after', examples('serin explain my-app'))
    .action(async (name, options) => (await import('../commands/explain.ts')).explain(io, name, options))
  about('logs', "Print what the pods of an Application's workloads write, on every member.")
    .option('-f, --follow', 'until Ctrl-C')
    .option('--tail <lines>', 'how many lines of each pod', lines, 20)
    .addHelpText('after', examples('serin logs my-app --tail 5', 'serin logs my-app -f --cluster kurator-member1'))
    .action(async (name, options) => (await import('../commands/logs.ts')).logs(io, name, options))
  program
    .command('load')
    .description(
      'Send traffic into a local cluster through its mesh, by a command of hey or wrk; Ctrl-C ends it early.',
    )
    .usage('[--dir DIR] [--cluster NAME] COMMAND...')
    .argument('<command...>', 'such as hey -z 10s -q 10 http://backend.webapp:9898/')
    .addOption(dirOption())
    .option('--cluster <name>', 'which one', 'kurator-member1')
    .passThroughOptions()
    .addHelpText('after', examples('serin load hey -z 10s -q 10 -c 2 http://backend.webapp:9898/'))
    .action(async (command, options) => (await import('../commands/load.ts')).load(io, command, options))
  const actions = {
    pause: 'Hold the rollouts of an Application where they are.',
    resume: 'Let paused rollouts go on.',
    promote: 'Give a revision that is under analysis all traffic now.',
    abort: 'Take a revision that is under analysis back.',
    retry: 'Analyse a revision that failed again, from the beginning.',
  } as const
  for (const action of ['pause', 'resume', 'promote', 'abort', 'retry'] as const) {
    about(action, actions[action])
      .addHelpText('after', examples(`serin ${action} my-app`, `serin ${action} my-app --cluster kurator-member1`))
      .action(async (name, options) => (await import('../commands/act.ts')).act(io, action, name, options))
  }
  program
    .command('diff')
    .description('Say what a manifest would change, on the host and on every member, without changing it.')
    .requiredOption('-f, --file <file>', 'a YAML file; may be repeated', collect)
    .addOption(dirOption())
    .option('--kubeconfig <file>', 'kubeconfig of a host instead of the local one')
    .addHelpText('after', examples('serin diff -f application.yaml', 'serin diff -f app.yaml --kubeconfig host.config'))
    .action(async options => (await import('../commands/diff.ts')).diff(io, options))
  program
    .command('simulate')
    .description('Show how a rollout would go, by the engine itself on a virtual clock; no cluster is needed.')
    .requiredOption('-f, --file <file>', 'a YAML file with Applications or Canaries; may be repeated', collect)
    .option('--metric <name=value>', 'what a metric of the new revision shows, or none; may be repeated', collect, [])
    .option('--from-weight <percent>', 'the metrics are so from this weight on, and well before', percent, 0)
    .option('--ready-after <duration>', 'how long a pod takes to become ready', '10s')
    .option('--replicas <n>', 'how many pods the workload has', positiveInteger, 1)
    .addOption(
      new Option('--pace <pace>', "whether steps wait for the next tick, as Flagger's do")
        .choices(['event', 'upstream'])
        .default('event'),
    )
    .option('--json', 'one JSON object a step')
    .addHelpText(
      'after',
      examples(
        'serin simulate -f application.yaml',
        'serin simulate -f application.yaml --metric request-success-rate=97 --from-weight 30',
        'serin simulate -f canary.yaml --metric request-duration=none --pace upstream',
      ),
    )
    .action(async ({ readyAfter, ...options }) => {
      const { simulate } = await import('../commands/simulate.ts')
      return simulate(io, { ...options, readyAfterMs: await durationMs('--ready-after', readyAfter) })
    })
  program
    .command('validate')
    .description('Check manifests without a cluster, as the API would; every wrong field is named.')
    .requiredOption('-f, --file <file>', 'a YAML file; may be repeated', collect)
    .addHelpText('after', examples('serin validate -f application.yaml'))
    .action(async options => (await import('../commands/validate.ts')).validate(io, options))
}
