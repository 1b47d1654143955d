/** `serin pause`, `resume`, `promote`, `abort` and `retry`: what a person may do to a rollout. */
import { carryOut } from '../../dashboard/actions.ts'
import type { ActionName } from '../../dashboard/wire.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type RolloutOptions, withRollouts } from '../rollouts.ts'

/** Does it on every member, or on the one that `--cluster` names; says what came of it on each. */
export function act(io: Io, action: ActionName, application: string, options: RolloutOptions): Promise<void> {
  return withRollouts(io, application, options, async rollouts => {
    let refused = 0
    for (const { cluster, client, namespace, name } of rollouts) {
      try {
        await carryOut(action, client, { namespace, name }, io.signal)
        io.out(`${cluster.name}: ${done[action]} ${namespace}/${name}\n`)
      } catch (error) {
        refused += 1
        io.err(`${cluster.name} ${namespace}/${name}: ${error instanceof Error ? error.message : String(error)}\n`)
      }
    }
    if (refused > 0)
      throw new CliError('refused', `${action} was not done on ${refused} of ${rollouts.length} rollouts`)
  })
}

const done: Readonly<Record<ActionName, string>> = {
  pause: 'paused',
  resume: 'resumed',
  promote: 'promoting',
  abort: 'rolling back',
  retry: 'analysing again',
}
