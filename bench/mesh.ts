/**
 * The mesh beside nginx and haproxy, one worker each: 90/10 to two nginx that answer two bytes. Then what a member
 * costs: its start, and 50 idle pods of the demo app.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { allKinds } from '../src/api/all-kinds.ts'
import { Deployment } from '../src/api/core/apps-v1.ts'
import { generateLoad } from '../src/loadtester/generator.ts'
import { startMember } from '../src/playground/member.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { silentLogger } from '../src/runtime/log.ts'
import { freePorts } from '../test/support/free-ports.ts'
import { cpuMs, residentMb } from './support/processes.ts'

const rounds = 3
const secondsPerRound = 5
const connections = 64
const openLoopRate = 2_000
const idlePods = 50

interface Proxy {
  readonly name: string
  readonly port: number
  /** The process that does the work; absent for none. */
  readonly pid?: number
}

const folder = await mkdtemp(path.join(tmpdir(), 'serin-bench-mesh-'))
const children: ChildProcess[] = []
const cores = cpus()
console.log(
  `Node ${process.versions.node}, ${cores.length} x ${cores[0]?.model ?? 'unknown'}, load average ${loadavg()[0]?.toFixed(1)}.
A load average above the number of cores means that times are upper bounds; CPU per request is then the figure to trust.
Goals: at least 0.50 of nginx's rate; less than 2 ms more at p99 than without a proxy at ${openLoopRate} requests/s; a member
starts in 1 s.

Closed loop: ${connections} connections, ${rounds} rounds of ${secondsPerRound} s by turns after one round to warm up; medians.
`,
)
try {
  const proxies = await startProxies()
  if (existsSync('/usr/bin/wrk')) await closedLoop(proxies)
  else console.log('wrk is not installed: no closed loop')
  await openLoop(proxies)
  await memberCost()
} finally {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
}

async function startProxies(): Promise<readonly Proxy[]> {
  const [primary = 0, canary = 0, nginxPort = 0, haproxyPort = 0] = await freePorts(4)
  const hasNginx = existsSync('/usr/sbin/nginx')
  if (!hasNginx) throw new Error('bench:mesh needs nginx for the workloads')
  await startNginx(
    'workloads',
    `
    server { listen 127.0.0.1:${primary}; access_log off; keepalive_requests 100000000; location / { return 200 "ok"; } }
    server { listen 127.0.0.1:${canary}; access_log off; keepalive_requests 100000000; location / { return 200 "ok"; } }`,
    [primary, canary],
  )
  const nginx = await startNginx(
    'nginx',
    `
    split_clients "$request_id" $to { 10% canary; * primary; }
    upstream primary { server 127.0.0.1:${primary}; keepalive 64; keepalive_requests 100000000; }
    upstream canary { server 127.0.0.1:${canary}; keepalive 64; keepalive_requests 100000000; }
    server {
      listen 127.0.0.1:${nginxPort}; access_log off; keepalive_requests 100000000;
      location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://$to; }
    }`,
    [nginxPort],
  )
  const haproxy = existsSync('/usr/sbin/haproxy') ? await startHaproxy(haproxyPort, primary, canary) : undefined
  const mesh = fork(path.join(import.meta.dirname, 'mesh-proxy.ts'), [String(primary), String(canary)])
  children.push(mesh)
  const meshPort = await new Promise<number>(resolve => mesh.once('message', port => resolve(Number(port))))
  return [
    { name: 'none', port: primary },
    { name: 'nginx, one worker', port: nginxPort, pid: nginx },
    ...(haproxy ? [{ name: 'haproxy, one thread', port: haproxyPort, pid: haproxy }] : []),
    { name: 'Serin', port: meshPort, pid: mesh.pid ?? 0 },
  ]
}

/** Requests one after the other on each connection, by turns, so that a busy machine is unfair to nobody. */
async function closedLoop(proxies: readonly Proxy[]): Promise<void> {
  const results = new Map<string, Round[]>()
  // Code that has just started is slower than it will be; nothing of this round counts.
  for (const proxy of proxies) await wrk(proxy)
  for (let round = 0; round < rounds; round++) {
    for (const proxy of proxies) results.set(proxy.name, [...(results.get(proxy.name) ?? []), await wrk(proxy)])
  }
  console.log(
    `| Proxy | requests/s | of nginx | CPU per request | p50 | p99 |\n| --- | ---: | ---: | ---: | ---: | ---: |`,
  )
  const reference = median(results.get('nginx, one worker') ?? [], round => round.perSecond)
  for (const [name, all] of results) {
    const of = (read: (round: Round) => number) => median(all, read)
    const perSecond = of(round => round.perSecond)
    const cpu = of(round => round.cpuUs)
    console.log(
      `| ${name} | ${Math.round(perSecond).toLocaleString('en')} | ${(perSecond / reference).toFixed(2)} | ${cpu ? `${cpu.toFixed(0)} us` : ''} | ${of(r => r.p50Ms).toFixed(1)} ms | ${of(r => r.p99Ms).toFixed(1)} ms |`,
    )
  }
}

interface Round {
  readonly perSecond: number
  readonly cpuUs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

async function wrk({ port, pid }: Proxy): Promise<Round> {
  const cpuBefore = pid ? cpuMs([pid]) : 0
  const args = ['-t1', `-c${connections}`, `-d${secondsPerRound}s`, '--latency', `http://127.0.0.1:${port}/`]
  const text = await outputOf('/usr/bin/wrk', args)
  const requests = Number(/(\d+) requests in/.exec(text)?.[1])
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`wrk saw errors: ${text}`)
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    cpuUs: pid ? ((cpuMs([pid]) - cpuBefore) * 1000) / requests : 0,
    p50Ms: millisecondsOf(/50%\s+(\S+)/.exec(text)?.[1]),
    p99Ms: millisecondsOf(/99%\s+(\S+)/.exec(text)?.[1]),
  }
}

/** Requests at their times, whatever the answers take: what a proxy adds at a moderate rate. */
async function openLoop(proxies: readonly Proxy[]): Promise<void> {
  console.log(
    `\n| At ${openLoopRate} requests/s, open loop | p50 | p99 | more at p99 than without a proxy | failed |\n| --- | ---: | ---: | ---: | ---: |`,
  )
  let bareP99Ms = Number.NaN
  for (const { name, port } of proxies) {
    const report = await generateLoad(
      {
        url: new URL(`http://127.0.0.1:${port}/`),
        method: 'GET',
        headers: {},
        connections,
        http2: false,
        timeoutMs: 10_000,
        ratePerSecond: openLoopRate,
        durationMs: secondsPerRound * 1000,
      },
      { clock: systemClock },
      new AbortController().signal,
    )
    const ok = report.statuses.get(200) ?? 0
    const all = [...report.statuses.values(), ...report.errors.values()].reduce((sum, count) => sum + count, 0)
    const { latency } = report
    const p99Ms = latency.quantileMs(0.99)
    if (name === 'none') bareP99Ms = p99Ms
    console.log(
      `| ${name} | ${latency.quantileMs(0.5).toFixed(2)} ms | ${p99Ms.toFixed(2)} ms | ${(p99Ms - bareP99Ms).toFixed(2)} ms | ${all - ok} |`,
    )
  }
}

async function memberCost(): Promise<void> {
  const began = performance.now()
  const member = await startMember({
    name: 'bench',
    network: 198,
    kinds: allKinds,
    podFolder: folder,
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
  })
  console.log(`\nmember start: ${Math.round(performance.now() - began)} ms`)
  try {
    const labels = { app: 'demo' }
    await member.client.create(Deployment, {
      metadata: { name: 'demo', namespace: 'default' },
      spec: {
        replicas: idlePods,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'demo', image: 'ghcr.io/stefanprodan/podinfo:6.1.0' }] },
        },
      },
    })
    const deployed = performance.now()
    for (;;) {
      const { status } = await member.client.fetch(Deployment, { namespace: 'default', name: 'demo' })
      if (status?.availableReplicas === idlePods) break
      if (performance.now() - deployed > 120_000) throw new Error(`only ${status?.availableReplicas} pods came up`)
      await systemClock.sleep(50)
    }
    console.log(`${idlePods} demo pods available after ${Math.round(performance.now() - deployed)} ms`)
    const hosts = (await outputOf('pgrep', ['-P', String(process.pid), '-f', 'program-host']))
      .trim()
      .split('\n')
      .map(Number)
    console.log(
      `their process: ${Math.round(residentMb(hosts))} MB, ${(residentMb(hosts) / idlePods).toFixed(1)} MB a pod`,
    )
  } finally {
    await member.close()
  }
}

async function startNginx(name: string, http: string, ports: readonly number[]): Promise<number> {
  const file = path.join(folder, `${name}.conf`)
  await writeFile(
    file,
    `daemon off; master_process off; pid ${folder}/${name}.pid; error_log ${folder}/${name}.log;
     events { worker_connections 4096; } http { ${http} }`,
  )
  return startProgram('/usr/sbin/nginx', ['-c', file, '-p', folder, '-e', path.join(folder, `${name}.log`)], ports)
}

async function startHaproxy(port: number, primary: number, canary: number): Promise<number> {
  const file = path.join(folder, 'haproxy.cfg')
  await writeFile(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 3s
frontend web
  bind 127.0.0.1:${port}
  default_backend web
backend web
  balance random
  http-reuse always
  server primary 127.0.0.1:${primary} weight 90
  server canary 127.0.0.1:${canary} weight 10
`,
  )
  return startProgram('/usr/sbin/haproxy', ['-db', '-f', file], [port])
}

async function startProgram(program: string, args: readonly string[], ports: readonly number[]): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  children.push(child)
  for (const port of ports) await answers(port)
  return child.pid ?? 0
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isOpen = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.once('connect', () => socket.destroy()).once('error', () => resolve(false))
    })
    if (isOpen) return
    await systemClock.sleep(25)
  }
  throw new Error(`nothing listens on port ${port}`)
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    child.once('error', reject)
    child.once('close', () => resolve(text))
  })
}

function millisecondsOf(text: string | undefined): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s)$/.exec(text ?? '') ?? []
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit ?? ''] ?? Number.NaN)
}

function median<T>(values: readonly T[], read: (value: T) => number): number {
  return values.map(read).sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
