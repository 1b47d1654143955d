/** Runs the bundled kubectl as one user on one machine would see it: own home folder, own kubeconfig, fixed time zone. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundledTool } from '../../src/runtime/bundled-tools.ts'

/** What one run of kubectl printed. */
export interface KubectlResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** kubectl with a home folder, in which it also runs. */
export interface Kubectl {
  /** The folder; relative file names on the command line are looked up here. */
  readonly folder: string
  /** Writes a file into the folder. */
  write(name: string, content: string): Promise<void>
  /** Runs `[VARIABLE=VALUE ...] kubectl [WORD ...]`. Never throws for a failing command. */
  run(commandLine: string): Promise<KubectlResult>
  /** Starts one that does not end by itself, such as `kubectl get --watch`; the caller kills it. */
  start(commandLine: string): ChildProcessWithoutNullStreams
  /** Removes the folder. */
  close(): Promise<void>
}

// Longer than any command of the suite takes on a loaded machine, waiting ones included.
const timeoutMs = 60_000

/** A kubectl for one kubeconfig (YAML). `namespace` is the context's default namespace. */
export async function newKubectl(kubeconfig: string, namespace = 'default'): Promise<Kubectl> {
  const executable = await bundledTool('kubectl')
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-kubectl-'))
  const write = (name: string, content: string) => writeFile(path.join(folder, name), content)
  await write('.kubeconfig', kubeconfig.replace(/^( *)user: default$/m, `$&\n$1namespace: ${namespace}`))
  const start = (commandLine: string) => {
    const words = splitWords(commandLine)
    const program = words.indexOf('kubectl')
    if (program < 0) throw new Error(`not a command line of kubectl: ${commandLine}`)
    const assignments = words.slice(0, program).map(word => /^([A-Z_]+)=(.*)$/s.exec(word)?.slice(1) ?? [word, ''])
    const child = spawn(executable, words.slice(program + 1), {
      // It names itself after this as a field manager and in its hints.
      argv0: 'kubectl',
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        KUBECONFIG: path.join(folder, '.kubeconfig'),
        TMPDIR: folder,
        TZ: 'UTC',
        LC_ALL: 'C',
        ...Object.fromEntries(assignments),
      },
    })
    child.stdin.end()
    return child
  }
  return {
    folder,
    write,
    run: commandLine => finished(start(commandLine)),
    start,
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What a run printed, as a terminal session shows it: errors marked `! `, the exit code last unless it is 0. */
export function transcriptOf(result: KubectlResult): string {
  const lines = [
    ...linesOf(result.stdout),
    // Lines of its log, such as `I1123 14:36:23.321523 ...`, tell how the connection fared and not what came of it.
    ...linesOf(result.stderr)
      .filter(line => !/^[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ /.test(line))
      .map(line => `! ${line}`),
    ...(result.code === 0 ? [] : [`exit ${result.code}`]),
  ]
  return lines.map(line => line.trimEnd()).join('\n')
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function finished(child: ChildProcessWithoutNullStreams): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        output[name] += chunk
      })
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal) output.stderr += `killed by ${signal} after ${timeoutMs} ms\n`
      resolve({ code: code ?? -1, ...output })
    })
  })
}

/** Splits a command line as a shell would, for plain words and quotes; there is nothing else in it. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"((?:\\.|[^"\\])*)"/g, (_, single?: string, double?: string) =>
      single !== undefined ? single : (double ?? '').replace(/\\(["\\])/g, '$1'),
    ),
  )
}
