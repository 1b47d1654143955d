/** Guides as tests: the commands of a Markdown file in order, and whether they print what the file shows. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { bundledTool } from '../../src/runtime/bundled-tools.ts'
import { eventually } from './eventually.ts'
import { newHome, noProcessesOf } from './serin.ts'

/** One command of a guide. */
export interface GuideStep {
  readonly command: string
  /** What the guide shows; a line `...` stands for any lines. */
  readonly shown: readonly string[]
  readonly line: number
  /** The heading that it stands under. */
  readonly section: string
  /** Whether it goes on in a second terminal: it is started, and compared when the section is over. */
  readonly inBackground: boolean
}

const fence = /^```console( background)?$/

/** The commands of the `console` blocks: lines after `$ `, continued after `> `; the rest is their output. */
export function guideSteps(markdown: string): readonly GuideStep[] {
  const steps: { command: string; shown: string[]; line: number; section: string; inBackground: boolean }[] = []
  let section = ''
  let inBlock = false
  let inBackground = false
  for (const [index, line] of markdown.split('\n').entries()) {
    const opened = fence.exec(line)
    if (!inBlock && line.startsWith('#')) section = line
    else if (opened) {
      inBlock = true
      inBackground = opened[1] !== undefined
    } else if (line === '```') inBlock = false
    else if (!inBlock) continue
    else if (line.startsWith('$ '))
      steps.push({ command: line.slice(2), shown: [], line: index + 1, section, inBackground })
    else {
      const step = steps.at(-1)
      if (!step) throw new Error(`line ${index + 1} stands before the first command`)
      if (line.startsWith('> ') && step.shown.length === 0) step.command += `\n${line.slice(2)}`
      else step.shown.push(line)
    }
  }
  return steps
}

const masks: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME'],
  [/\b\d\d:\d\d:\d\d\b/g, 'TIME'],
  [/\b(\d+[dhms])+\b(?=$| )/gm, 'AGE'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT'],
  [/(#token=)[0-9a-f]+/g, '$1TOKEN'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UID'],
  [/(sha1:|sha256:|s1-)[0-9a-f]+/g, '$1HASH'],
  [/-[0-9a-f]{8,10}-[a-z0-9]{5}\b/g, '-POD'],
  [/\/tmp\/\S+/g, 'FOLDER'],
  // Columns are as wide as what was hidden.
  [/(\S) {2,}/g, '$1  '],
]

/** What is compared of an output: without times and hashes, without repetitions of a line. */
export function masked(lines: readonly string[]): readonly string[] {
  const hidden = lines.map(line => masks.reduce((text, [pattern, by]) => text.replace(pattern, by), line).trimEnd())
  return hidden.filter((line, at) => line !== '' && (line === '...' || line !== hidden[at - 1]))
}

/** Whether an output is what is shown. */
export function matches(shown: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = shown
  if (first === undefined) return printed.length === 0
  if (first === '...') return rest.length === 0 || printed.some((_, at) => matches(rest, printed.slice(at)))
  return first === printed[0] && matches(rest, printed.slice(1))
}

/** Whether more output cannot make it what is shown. The last line may not be there as a whole. */
function diverges(shown: readonly string[], printed: readonly string[]): boolean {
  if (shown.includes('...')) return false
  return printed.length > shown.length || printed.slice(0, -1).some((line, at) => line !== shown[at])
}

/** A shell that keeps its folder and its environment from one command to the next. */
export interface GuideShell {
  /** Runs a step. Rejects with what was printed where that is not what is shown. */
  run(step: GuideStep): Promise<void>
  /** Compares what went on in second terminals. */
  settle(): Promise<void>
  /** Whether the machine, and not a release, was too slow for the guides' bound on latency. */
  wasTooSlow(): Promise<boolean>
  /** Ends what still runs, clusters too. */
  close(): Promise<void>
}

const repository = path.join(import.meta.dirname, '..', '..')
// The guides' intervals of 90 s take 9; more, and a busy machine has no time left for the requests.
const timeScale = 10
const withinMs = 240_000
// A kubectl costs a tenth of a second of CPU.
const askAgainMs = 300
const asksOnly = /^(kubectl (\S+ )*?get |curl |serin (status|explain) )/
const goesOn = /^(kubectl .* (-w|--watch)\b|serin (watch|load) )/

/** A shell in the repository with `serin` and `kubectl` on the path; its files are in `home`. */
export async function newGuideShell(home: string, env: Readonly<Record<string, string>>): Promise<GuideShell> {
  const state = path.join(home, 'shell')
  await mkdir(path.join(home, 'bin'))
  await symlink(await bundledTool('kubectl'), path.join(home, 'bin', 'kubectl'))
  await writeFile(state, `cd ${repository}\n`)
  const pathVariable = [path.join(home, 'bin'), path.dirname(process.execPath), process.env['PATH']].join(':')
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache')
  const start = (command: string) => {
    const script = `. ${state}\n${command}\ncode=$?\n{ export -p; printf 'cd %q\\n' "$PWD"; } > ${state}\nexit $code\n`
    const child = spawn('bash', ['-c', goesOn.test(command) ? `. ${state}\nexec ${command}\n` : script], {
      env: {
        ...process.env,
        TMPDIR: home,
        HOME: home,
        XDG_CACHE_HOME: cache,
        NO_COLOR: '1',
        ...env,
        PATH: pathVariable,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    const take = (chunk: string) => {
      printed += chunk
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    return { child, ended, lines: () => masked(printed.split('\n')), printed: () => printed }
  }
  const background: { readonly step: GuideStep; readonly run: ReturnType<typeof start> }[] = []
  const following = new Set<ReturnType<typeof start>>()

  /** Follows a command that does not end until it has printed what is shown. */
  async function follow(step: GuideStep, run: ReturnType<typeof start>): Promise<void> {
    following.add(run)
    try {
      const shown = masked(step.shown)
      await eventually(
        'what is shown',
        () => {
          if (diverges(shown, run.lines())) throw new Error('it went another way')
          return matches(shown, run.lines())
        },
        withinMs,
      )
    } catch (cause) {
      throw differs(step, run.printed(), cause)
    } finally {
      run.child.kill('SIGINT')
      await run.ended
      following.delete(run)
    }
  }

  async function once(step: GuideStep): Promise<void> {
    const shown = masked(step.shown)
    let last = ''
    const isRight = async () => {
      const run = start(step.command)
      const code = await run.ended
      last = `${run.printed()}exit code ${code}`
      const isFine = code === 0 || (code === 1 && step.command.startsWith('serin diff '))
      return isFine && matches(shown, run.lines())
    }
    const afterAWhile = async () => {
      if (await isRight()) return true
      await delay(askAgainMs)
      return false
    }
    // What only asks is asked again until the clusters are as far as the guide.
    if (!asksOnly.test(step.command)) {
      if (await isRight()) return
      throw differs(step, last)
    }
    await eventually('what is shown', afterAWhile, withinMs).catch(cause => {
      throw differs(step, last, cause)
    })
  }

  return {
    async run(step) {
      if (!step.inBackground) return goesOn.test(step.command) ? follow(step, start(step.command)) : once(step)
      const run = start(step.command)
      following.add(run)
      background.push({ step, run })
      const firstLine = masked(step.shown)[0] ?? ''
      if (firstLine !== '...')
        await eventually(`${step.command} to begin`, () => run.lines().includes(firstLine), withinMs)
    },
    async settle() {
      for (const { step, run } of background.splice(0)) await follow(step, run)
    },
    async wasTooSlow() {
      const events = start('kubectl get events -A --kubeconfig="$MEMBER1"')
      await events.ended
      return /advancement request duration \S+ > /.test(events.printed())
    },
    async close() {
      for (const { child } of following) child.kill('SIGKILL')
      await start('serin down').ended
    },
  }
}

function differs({ command, line, shown }: GuideStep, printed: string, cause?: unknown): Error {
  return new Error(`line ${line}: ${command}\nshown:\n${shown.join('\n')}\nprinted:\n${printed}`, { cause })
}

// On a machine that others keep busy a request may take longer than the guides' manifests allow, at no fault of Serin.
const maxAttempts = 3

/** A Markdown file of the repository as a test; nothing that it started is left. */
export function describeGuide(file: string): void {
  describe(file, { timeout: 1_800_000 }, () => {
    it('prints what it shows', async t => {
      const steps = guideSteps(await readFile(path.join(repository, file), 'utf8'))
      for (let attempt = 1; ; attempt += 1) {
        const ended = await attemptOf(steps)
        if (!ended.problem) return
        if (!ended.wasTooSlow || attempt === maxAttempts) throw ended.problem
        t.diagnostic(`attempt ${attempt} met latencies above the guide's bound; the machine is busy`)
      }
    })
  })
}

/** Runs all steps on clusters of their own, and cleans up. */
async function attemptOf(
  steps: readonly GuideStep[],
): Promise<{ readonly problem?: Error; readonly wasTooSlow?: boolean }> {
  const home = await newHome()
  const shell = await newGuideShell(home.dir, { SERIN_TIME_SCALE: String(timeScale) })
  try {
    let section = ''
    for (const step of steps) {
      if (step.section !== section) await shell.settle()
      section = step.section
      await shell.run(step)
    }
    await shell.settle()
    return {}
  } catch (error) {
    return { problem: error as Error, wasTooSlow: await shell.wasTooSlow() } // only Errors are thrown here
  } finally {
    await shell.close()
    await noProcessesOf(home.dir)
    await home.remove()
  }
}
