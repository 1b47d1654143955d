/** An agent process that can be killed at any moment, and that another one follows at once. */
import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'

/** A line of agents, of which one is alive. */
export interface MortalAgent {
  /** Kills the one that is alive (SIGKILL); resolves when it is dead. The next one starts by itself. */
  kill(): Promise<void>
  /** How many have been killed. */
  readonly deaths: number
  /** Ends the last one; none follows. */
  close(): Promise<void>
}

/** Starts the first. `cacheFolder` keeps compiled code, so that the next ones start faster. */
export function startMortalAgent(kubeconfig: string, metricsServer: string, cacheFolder: string): MortalAgent {
  let deaths = 0
  let isClosing = false
  let alive = born()
  alive.send(kubeconfig)
  // Loading takes most of a start: the next one has done so when it is needed.
  let next = born()
  function born(): ChildProcess {
    const child = fork(path.join(import.meta.dirname, 'agent-process.ts'), [metricsServer], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: { ...process.env, NODE_COMPILE_CACHE: cacheFolder },
    })
    child.once('exit', () => {
      if (isClosing || child !== alive) return
      alive = next
      alive.send(kubeconfig)
      next = born()
    })
    return child
  }
  const end = (child: ChildProcess) =>
    new Promise<void>(resolve => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  return {
    get deaths() {
      return deaths
    },
    kill() {
      deaths += 1
      return end(alive)
    },
    async close() {
      isClosing = true
      await Promise.all([end(alive), end(next)])
    },
  }
}
