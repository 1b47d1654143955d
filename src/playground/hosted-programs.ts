/** The programs that a local node's host of programs runs: the demo app and the load tester. Ends when its channel closes. */
import { flushCompileCache } from 'node:module'
import { systemClock } from '../runtime/clock.ts'
import { newLogger } from '../runtime/log.ts'
import { request } from '../runtime/node-http.ts'
import type { HostedProgram, HostReply, HostRequest } from './kubelet/program-host-protocol.ts'

interface Running {
  readonly spec: HostedProgram
  close(): Promise<void>
}

interface StartDeps {
  readonly spec: HostedProgram
  readonly log: (line: string) => void
  readonly exit: (code: number) => void
}

/** The programs by the names that images map to; each is loaded with its first pod. */
const programs: Readonly<Record<string, (deps: StartDeps) => Promise<{ close(): Promise<void> }>>> = {
  async 'demo-app'({ spec, log, exit }) {
    const { startDemoApp } = await import('./demo-app/app.ts')
    return startDemoApp({ ...spec, clock: systemClock, random: Math.random, log, exit })
  },
  async 'load-tester'({ spec, log }) {
    const { startLoadTester } = await import('../loadtester/server.ts')
    const { commandPolicyOf } = await import('../loadtester/command-policy.ts')
    const allowCommands = flagOf(spec.args, 'allow-commands')
    const allowHosts = flagOf(spec.args, 'allow-hosts')
    return startLoadTester({
      port: Number(flagOf(spec.args, 'port') ?? 9090),
      address: spec.address,
      policy: commandPolicyOf({
        ...(allowCommands === undefined ? {} : { allowCommands }),
        ...(allowHosts === undefined ? {} : { allowHosts }),
      }),
      // What the pod's manifest allows to be started is this machine's, and calls into the mesh as the pod does.
      env: { PATH: process.env['PATH'], ...spec.env },
      taskTimeoutMs: 3_600_000,
      ...(spec.env['HTTP_PROXY'] ? { proxy: new URL(spec.env['HTTP_PROXY']) } : {}),
      clock: systemClock,
      log: newLogger({ clock: systemClock, write: line => log(line.trimEnd()) }),
    })
  },
}

const running = new Map<string, Running>()
// A pod that listens on localhost in its spec listens on its own address here.
const probeTimeoutMs = 30_000

process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the terminal's whole group; the kubelet decides when its pods end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('message', message => handle(message as HostRequest)) // only the kubelet speaks on this channel

function handle(message: HostRequest): void {
  if (message.op === 'start') void start(message.id, message.spec)
  else if (message.op === 'stop') void stop(message.id)
  else if (message.op === 'kill') kill(message.id)
  else void exec(message.id, message.call, message.argv)
}

async function start(id: string, spec: HostedProgram): Promise<void> {
  const program = programs[spec.program]
  if (!program) return reply({ event: 'startFailed', id, message: `no program named ${spec.program}` })
  try {
    const { close } = await program({
      spec,
      log: line => reply({ event: 'line', id, line }),
      exit: code => end(id, code),
    })
    running.set(id, { spec, close })
    reply({ event: 'started', id })
    // This process is ended by force, and would not keep what it has compiled.
    flushCompileCache()
  } catch (error) {
    reply({ event: 'startFailed', id, message: error instanceof Error ? error.message : String(error) })
  }
}

async function stop(id: string): Promise<void> {
  await running.get(id)?.close()
  end(id, 0)
}

function kill(id: string): void {
  void running.get(id)?.close()
  end(id, 137)
}

function end(id: string, code: number): void {
  const program = running.get(id)
  if (!program) return
  running.delete(id)
  void program.close()
  reply({ event: 'exited', id, code })
}

/** The commands that the bundled images' probes use: podcli, wget and curl asking a URL of the pod itself. */
async function exec(id: string, call: number, argv: readonly string[]): Promise<void> {
  const { address } = running.get(id)?.spec ?? {}
  const url = urlOf(argv)
  if (address === undefined || url === undefined) {
    return reply({ event: 'execDone', call, code: 126, output: `${argv[0]}: not in a bundled program's image` })
  }
  if (/^(localhost|127\.0\.0\.1)$/.test(url.hostname)) url.hostname = address
  const { code, output } = await get(url)
  reply({ event: 'execDone', call, code, output })
}

function urlOf(argv: readonly string[]): URL | undefined {
  if (!/^(\S*\/)?(podcli|wget|curl)$/.test(argv[0] ?? '')) return undefined
  const target = argv.slice(1).find(word => /^(https?:\/\/|localhost[:/])/.test(word)) ?? ''
  const text = target.startsWith('http') ? target : `http://${target}`
  return target !== '' && URL.canParse(text) ? new URL(text) : undefined
}

function get(url: URL): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    const outgoing = request(url, { agent: false, timeout: probeTimeoutMs }, response => {
      response.resume()
      const ok = (response.statusCode ?? 0) < 400
      resolve({ code: ok ? 0 : 1, output: `${url.pathname} answered ${response.statusCode}` })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')))
    outgoing.on('error', error => resolve({ code: 1, output: error.message }))
    outgoing.end()
  })
}

function flagOf(args: readonly string[], name: string): string | undefined {
  return args.map(arg => new RegExp(`^--?${name}=(.*)$`).exec(arg)?.[1]).find(value => value !== undefined)
}

function reply(message: HostReply): void {
  if (process.connected) process.send?.(message)
}
