/** `serin demo`: the whole product on this machine, in less than two minutes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { newClient } from '../../runtime/http-client.ts'
import { newLogger } from '../../runtime/log.ts'
import { type Narrator, newNarrator } from '../demo/narrator.ts'
import { newDemoRepository } from '../demo/repository.ts'
import { tellStory } from '../demo/story.ts'
import type { Io } from '../io.ts'
import type { LocalState } from '../local/directory.ts'
import { endInTime } from '../local/force-end.ts'
import { fleetName } from '../local/prerequisites.ts'
import { startDetached } from '../local/start-detached.ts'

/** What the command line says. */
export interface DemoOptions {
  readonly keep?: boolean
  readonly json?: boolean
  readonly verbose?: boolean
}

const members = ['kurator-member1', 'kurator-member2']
const shortestIntervalMs = 1_000

/** Tells both stories. Throws where one of them does not go as it should. */
export async function demo(io: Io, options: DemoOptions): Promise<void> {
  const narrator = newNarrator(io, options.json ?? false)
  const mustEnd = endInTime(io, io.clock)
  const dir = await mkdtemp(path.join(tmpdir(), 'serin-demo-'))
  narrator.say('starting', `Starting a host and ${members.length} members ...`)
  let close: () => Promise<void> = async () => {}
  try {
    const running = options.keep ? await leftRunning(io, dir) : await inThisProcess(io, dir, options.verbose ?? false)
    close = running.close
    narrator.say('ready', `Running: ${running.state.clusters.map(({ name }) => name).join(', ')}.`)
    try {
      await tell(io, narrator, running.state, dir)
    } finally {
      // However it went: nobody could end what they do not know of.
      if (options.keep) sayWhatIsKept(narrator, running.state)
    }
  } finally {
    mustEnd()
    await close()
    if (!options.keep) await rm(dir, { recursive: true, force: true, maxRetries: 3 })
  }
}

interface Running {
  readonly state: LocalState
  close(): Promise<void>
}

async function inThisProcess(io: Io, dir: string, verbose: boolean): Promise<Running> {
  const { startLocalSet } = await import('../local/local-set.ts')
  return startLocalSet({
    dir,
    durable: false,
    members,
    images: [],
    clock: io.clock,
    random: Math.random,
    log: newLogger({ clock: io.clock, write: io.err, level: verbose ? 'info' : 'error' }),
    minIntervalMs: shortestIntervalMs,
    signal: io.signal,
  })
}

async function leftRunning(io: Io, dir: string): Promise<Running> {
  const state = await startDetached(io, dir, { members: String(members.length), image: [], mirror: [], timeScale: 1 })
  return { state, close: async () => {} }
}

async function tell(io: Io, narrator: Narrator, state: LocalState, dir: string): Promise<void> {
  const connected = await Promise.all(
    state.clusters.map(async ({ name, kubeconfig, prometheus, gateway }) => ({
      name,
      prometheus,
      gateway,
      client: newClient({ kubeconfig: await readFile(kubeconfig, 'utf8'), clock: io.clock, userAgent: 'serin-demo' }),
    })),
  )
  try {
    const [host, ...others] = connected
    if (!host) throw new Error('no cluster was started')
    const repository = await newDemoRepository({
      folder: path.join(dir, 'demo'),
      server: state.git,
      env: io.env,
      signal: io.signal,
    })
    const { clock, signal } = io
    await tellStory({ host: host.client, members: others, fleet: fleetName, repository, narrator, clock, signal })
  } finally {
    await Promise.all(connected.map(({ client }) => client.close()))
  }
}

function sayWhatIsKept(narrator: Narrator, state: LocalState): void {
  const lines = [
    'Everything is left running:',
    ...state.clusters.map(({ name, kubeconfig }) => `  ${name}: ${kubeconfig}`),
    `  git: ${state.git}/demo.git`,
    `  dashboard: ${state.dashboardSignIn}`,
    `  stop it with: serin down --purge --dir ${state.dir}`,
  ]
  narrator.say('kept', lines.join('\n'), { ...state })
}
