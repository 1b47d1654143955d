/** Containers as processes of this machine, each in a process group of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type Clock, systemClock } from '../../runtime/clock.ts'
import { descendantsOf, killProcesses } from '../../runtime/process-tree.ts'
import {
  type ContainerHandle,
  type ContainerRuntime,
  type ContainerSpec,
  type ExecResult,
  type Exit,
  StartError,
} from './container.ts'
import type { Reaper } from './reaper.ts'

const maxExecOutputBytes = 64 * 1024
// What a container wrote is in the pipe when it ends, and takes no time to be read.
const lastWordsMs = 1_000

/** Makes a runtime. The reaper ends what this process could not. */
export function newProcessRuntime(deps: { readonly clock: Clock; readonly reaper: Reaper }): ContainerRuntime {
  const running = new Set<ChildProcess>()
  let closed = false
  return {
    async start(spec, onLine) {
      const stopping = () => new StartError('RunContainerError', 'the node is stopping')
      if (closed) throw stopping()
      const child = await spawned(spec)
      const pid = child.pid ?? 0
      if (closed) {
        killGroup(pid, 'SIGKILL')
        throw stopping()
      }
      running.add(child)
      deps.reaper.watch(pid)
      for (const stream of [child.stdout, child.stderr]) readLinesOf(stream, onLine)
      const exited = new Promise<Exit>(resolve => {
        const end = (code: number | null, signal: NodeJS.Signals | null) => {
          if (!running.delete(child)) return
          deps.reaper.release(pid)
          resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 1) })
        }
        child.once('close', end)
        child.once('exit', (code, signal) => {
          // What the container started ends with it, as its process namespace would.
          killGroup(pid, 'SIGKILL')
          // One that left the group keeps the container's output open; nobody waits for what it may still say.
          const cancel = systemClock.setTimer(() => {
            end(code, signal)
            for (const stream of [child.stdout, child.stderr]) stream?.destroy()
          }, lastWordsMs)
          child.once('close', cancel)
        })
      })
      return handleOf(deps.clock, spec, pid, exited)
    },
    async close() {
      closed = true
      const ends = [...running].map(child => new Promise(resolve => child.once('exit', resolve)))
      // Those that have left their group are found below the container as long as it lives.
      const strays = [...running].flatMap(({ pid }) => (pid === undefined ? [] : descendantsOf(pid)))
      for (const child of running) killGroup(child.pid ?? 0, 'SIGKILL')
      killProcesses(strays)
      await Promise.all(ends)
    },
  }
}

function handleOf(clock: Clock, spec: ContainerSpec, pid: number, exited: Promise<Exit>): ContainerHandle {
  let cancelKill: (() => void) | undefined
  return {
    exited,
    processGroup: pid,
    stop(graceMs) {
      killGroup(pid, graceMs > 0 ? 'SIGTERM' : 'SIGKILL')
      cancelKill?.()
      cancelKill = clock.setTimer(() => killGroup(pid, 'SIGKILL'), graceMs)
      exited.then(() => cancelKill?.())
    },
    exec: (argv, signal) => execute(spec, argv, signal),
  }
}

function spawned(spec: ContainerSpec): Promise<ChildProcess> {
  const [program, ...args] = spec.argv
  const child = spawn(program, args, {
    cwd: spec.workingDir,
    env: { PATH: process.env['PATH'], ...spec.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child))
    child.once('error', cause => {
      reject(
        new StartError('RunContainerError', `cannot start ${JSON.stringify(program)}: ${cause.message}`, { cause }),
      )
    })
  })
}

function execute(spec: ContainerSpec, argv: readonly string[], signal: AbortSignal): Promise<ExecResult> {
  const [program = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: spec.workingDir,
      env: { PATH: process.env['PATH'], ...spec.env },
      detached: true,
    })
    const chunks: Buffer[] = []
    let bytes = 0
    const keep = (chunk: Buffer) => {
      if (bytes < maxExecOutputBytes) chunks.push(chunk)
      bytes += chunk.length
    }
    const abort = () => {
      killGroup(child.pid ?? 0, 'SIGKILL')
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const finish = (code: number, output: string) => {
      signal.removeEventListener('abort', abort)
      resolve({ code, output })
    }
    // As a container engine reports a program that is not in the image.
    child.once('error', error => finish(126, error.message))
    child.once('close', code => finish(code ?? 137, Buffer.concat(chunks).toString('utf8')))
  })
}

function readLinesOf(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine)
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 0) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}
