/** Programs of Serin as a Deployment would run them: several processes of each, replaced when they end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startTappedApi, type TappedApi, type TappedWrite } from './tapped-api.ts'
import type { ApiAccess } from './target.ts'

/** One process. */
export interface Replica {
  readonly number: number
  /** What it has written to the log, one JSON object a line. */
  log(): string
  kill(signal: NodeJS.Signals): void
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

/** Processes that stand in for one another. */
export interface Replicas {
  /** Those that run now. */
  running(): readonly Replica[]
  /** Starts one more. */
  add(): Promise<Replica>
  /** Ends all, and replaces none any more. */
  close(): Promise<void>
}

const executable = path.join(import.meta.dirname, '..', '..', 'bin', 'serin')

/** No process yet. `args` begin with the program; each gets a kubeconfig of its own in `folder`. */
export function newReplicas(options: {
  readonly api: ApiAccess
  readonly folder: string
  readonly args: readonly string[]
  /** Told of every write of a replica, before it hears of it. */
  readonly onWrite?: (write: TappedWrite, replica: Replica) => void | Promise<void>
}): Replicas {
  const replicas = new Map<Replica, { readonly tap: TappedApi; readonly child: ChildProcess }>()
  let count = 0
  let isClosed = false

  async function add(): Promise<Replica> {
    const number = ++count
    let replica: Replica | undefined
    const tap = await startTappedApi(options.api, write => replica && options.onWrite?.(write, replica))
    const kubeconfig = path.join(options.folder, `kubeconfig-${number}`)
    await writeFile(kubeconfig, tap.kubeconfig, { mode: 0o600 })
    const [program = '', ...args] = options.args
    const child = spawn(executable, [program, '--kubeconfig', kubeconfig, '--port', '0', ...args], {
      cwd: options.folder,
      env: { ...process.env, XDG_STATE_HOME: path.join(options.folder, `state-${number}`) },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    child.stderr.setEncoding('utf8').on('data', text => {
      log += text
    })
    const ended = new Promise<number | NodeJS.Signals | null>(resolve =>
      child.once('close', (code, signal) => resolve(code ?? signal)),
    )
    replica = { number, log: () => log, kill: signal => void child.kill(signal), ended }
    const started = replica
    replicas.set(started, { tap, child })
    void ended.then(async () => {
      replicas.delete(started)
      await tap.close()
      if (!isClosed) await add()
    })
    return started
  }

  return {
    running: () => [...replicas.keys()],
    add,
    async close() {
      isClosed = true
      const left = [...replicas.keys()]
      for (const replica of left) replica.kill('SIGKILL')
      await Promise.all(left.map(replica => replica.ended))
      await Promise.all([...replicas.values()].map(({ tap }) => tap.close()))
    },
  }
}
