/** What a container's `lifecycle` asks to be done when it has started and before it ends. */
import type { Container } from '../../api/core/core-v1.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { ContainerHandle } from './container.ts'
import { httpGet } from './probe.ts'

/** A postStart or preStop hook. */
export type Hook = NonNullable<NonNullable<Container['lifecycle']>['preStop']>

/** What a hook is run on. */
export interface HookTarget {
  readonly clock: Clock
  readonly address: string
  readonly ports: Container['ports']
  readonly handle: ContainerHandle
}

/** Runs a hook to its end; rejects where it fails, or when `signal` aborts first. */
export async function runHook(hook: Hook, target: HookTarget, signal: AbortSignal): Promise<void> {
  if (hook.exec) {
    const { command = [] } = hook.exec
    const { code, output } = await target.handle.exec(command, signal)
    if (code !== 0) throw new Error(`command '${command.join(' ')}' exited with ${code}: ${output.trim()}`)
  } else if (hook.httpGet) {
    const { ok, output } = await httpGet(hook.httpGet, target, signal)
    if (!ok) throw new Error(output)
  } else if (hook.sleep) await target.clock.sleep(hook.sleep.seconds * 1000, signal)
}
