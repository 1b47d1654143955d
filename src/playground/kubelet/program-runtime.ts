/**
 * Containers that are programs of Serin itself. They share one process a node, so that fifty idle pods cost little,
 * and still each have their own address, log, life and end. The process ends when its channel to this one closes.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Clock } from '../../runtime/clock.ts'
import { longLivedExecArgv, withCompileCache } from '../../runtime/long-lived-process.ts'
import {
  type ContainerHandle,
  type ContainerRuntime,
  type ContainerSpec,
  type ExecResult,
  type Exit,
  StartError,
} from './container.ts'
import type { HostReply, HostRequest } from './program-host-protocol.ts'

interface Hosted {
  readonly onLine: (line: string) => void
  readonly started: (error?: StartError) => void
  readonly ended: (exit: Exit) => void
}

/** Makes a runtime; `hostFile` is the program that hosts the others. Its process starts with the first container. */
export function newProgramRuntime(deps: { readonly clock: Clock; readonly hostFile: string }): ContainerRuntime {
  const containers = new Map<string, Hosted>()
  const calls = new Map<number, (result: ExecResult) => void>()
  let host: ChildProcess | undefined
  let nextCall = 0
  let closed = false

  const send = (request: HostRequest) => {
    if (host?.connected) host.send(request)
  }
  const ensureHost = () => {
    if (host) return
    host = fork(deps.hostFile, [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
      execArgv: longLivedExecArgv(process.execArgv),
      env: withCompileCache(process.env),
    })
    host.on('message', message => onReply(message as HostReply)) // only our own program speaks on this channel
    // A channel that breaks while a message is on its way; the exit that follows tells what matters.
    host.on('error', () => {})
    host.once('exit', code => {
      host = undefined
      // The pods of this node die with it; the kubelet starts them again.
      for (const hosted of [...containers.values()]) {
        hosted.started(new StartError('RunContainerError', 'the host of programs ended'))
        hosted.ended({ code: code ?? 137, reason: 'Error', message: 'the host of programs ended' })
      }
      for (const done of calls.values()) done({ code: 137, output: 'the host of programs ended' })
    })
  }
  const onReply = (reply: HostReply) => {
    if (reply.event === 'execDone') return calls.get(reply.call)?.({ code: reply.code, output: reply.output })
    const hosted = containers.get(reply.id)
    if (reply.event === 'line') hosted?.onLine(reply.line)
    else if (reply.event === 'started') hosted?.started()
    else if (reply.event === 'startFailed') {
      hosted?.onLine(reply.message)
      hosted?.started()
      hosted?.ended({ code: 1 })
    } else hosted?.ended({ code: reply.code })
  }
  const exec = (id: string, argv: readonly string[], signal: AbortSignal): Promise<ExecResult> => {
    const call = nextCall++
    return new Promise<ExecResult>((resolve, reject) => {
      const abort = () => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      calls.set(call, result => {
        signal.removeEventListener('abort', abort)
        resolve(result)
      })
      send({ op: 'exec', id, call, argv })
    }).finally(() => calls.delete(call))
  }

  return {
    async start(spec, onLine) {
      // A pod that was about to start its container must not bring the host back.
      if (closed) throw new StartError('RunContainerError', 'the node is stopping')
      ensureHost()
      const { promise: exited, resolve: ended } = Promise.withResolvers<Exit>()
      await new Promise<void>((resolve, reject) => {
        containers.set(spec.id, { onLine, started: error => (error ? reject(error) : resolve()), ended })
        send({ op: 'start', id: spec.id, spec: hostedSpec(spec) })
      }).catch(error => {
        containers.delete(spec.id)
        throw error
      })
      exited.then(() => containers.delete(spec.id))
      return handleOf(deps.clock, spec.id, exited, send, exec)
    },
    async close() {
      closed = true
      const dying = host
      if (!dying) return
      const gone = new Promise(resolve => dying.once('exit', resolve))
      dying.kill('SIGKILL')
      await gone
    },
  }
}

function handleOf(
  clock: Clock,
  id: string,
  exited: Promise<Exit>,
  send: (request: HostRequest) => void,
  exec: (id: string, argv: readonly string[], signal: AbortSignal) => Promise<ExecResult>,
): ContainerHandle {
  let cancelKill: (() => void) | undefined
  return {
    exited,
    stop(graceMs) {
      send({ op: graceMs > 0 ? 'stop' : 'kill', id })
      cancelKill?.()
      cancelKill = clock.setTimer(() => send({ op: 'kill', id }), graceMs)
      exited.then(() => cancelKill?.())
    },
    exec: (argv, signal) => exec(id, argv, signal),
  }
}

/** What the image's tag and the container's command say; the program's own name in the command is left out. */
function hostedSpec(spec: ContainerSpec) {
  const [program, ...rest] = spec.argv
  return {
    program,
    args: rest,
    env: spec.env,
    address: spec.address,
    hostname: spec.pod,
    version: spec.image.slice(spec.image.lastIndexOf(':') + 1),
  }
}
