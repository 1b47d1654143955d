/** Which Prometheus a local cluster uses: the embedded one, or a real one that the user names. */
import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/** The real one: a program that is started for each cluster, or one that runs already. */
export type RealPrometheusChoice =
  | { readonly kind: 'binary'; readonly file: string }
  | { readonly kind: 'url'; readonly url: string }

/** What was named is no Prometheus that can be used. */
export class PrometheusChoiceError extends Error {
  override readonly name = 'PrometheusChoiceError'
  readonly reason = 'PrometheusChoice'
}

/** How long a program may take to say its version, and a server to answer. */
const checkTimeoutMs = 10_000

/**
 * Reads `URL|BINARY` and tries it: a URL must answer a query as Prometheus does, a binary (a path from `cwd`, or a name on
 * `searchPath`) must say Prometheus's version. Throws {@link PrometheusChoiceError}.
 */
export async function choosePrometheus(
  value: string,
  { cwd, searchPath }: { readonly cwd: string; readonly searchPath: string },
): Promise<RealPrometheusChoice> {
  if (value.trim() === '') throw wrong(value, 'give the URL of a Prometheus, or its program')
  if (value.includes('://')) return { kind: 'url', url: await usableUrl(value) }
  const file = await programOf(value, cwd, searchPath)
  await requireVersion(value, file)
  return { kind: 'binary', file }
}

async function usableUrl(value: string): Promise<string> {
  if (!URL.canParse(value)) throw wrong(value, 'it is no URL')
  const { protocol, search, hash } = new URL(value)
  if (protocol !== 'http:' && protocol !== 'https:') throw wrong(value, 'a URL must begin with http:// or https://')
  if (search || hash) throw wrong(value, 'a URL must end before ? and #, such as http://127.0.0.1:9090')
  const url = value.replace(/\/+$/, '')
  const answer = await fetch(`${url}/api/v1/query?query=1`, { signal: AbortSignal.timeout(checkTimeoutMs) }).catch(
    cause => {
      throw wrong(value, `nothing answers there: ${causeOf(cause)}`, cause)
    },
  )
  const body = (await answer.json().catch(() => undefined)) as { status?: unknown } | undefined // any JSON at all
  if (!answer.ok || body?.status !== 'success')
    throw wrong(value, `what answers there is no Prometheus: ${answer.status} to /api/v1/query`)
  return url
}

async function programOf(value: string, cwd: string, searchPath: string): Promise<string> {
  const folders = value.includes('/') ? [cwd] : searchPath.split(path.delimiter).filter(folder => folder !== '')
  for (const folder of folders) {
    const file = path.resolve(folder, value)
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile()) return file
    if (found && value.includes('/')) throw wrong(value, 'it is not a file')
  }
  throw wrong(value, value.includes('/') ? 'there is no such file' : 'no program of that name is on PATH')
}

async function requireVersion(value: string, file: string): Promise<void> {
  const { stdout, stderr } = await promisify(execFile)(file, ['--version'], { timeout: checkTimeoutMs }).catch(
    (cause: Error & { code?: unknown; stdout?: string; stderr?: string }) => {
      // A program that ends with a number has run: then what it said counts.
      if (typeof cause.code === 'number') return { stdout: cause.stdout ?? '', stderr: cause.stderr ?? '' }
      throw wrong(value, `it cannot be run: ${causeOf(cause)}`, cause)
    },
  )
  if (!`${stdout}${stderr}`.startsWith('prometheus, version '))
    throw wrong(value, 'it is not Prometheus: --version does not say "prometheus, version ..."')
}

function wrong(value: string, what: string, cause?: unknown): PrometheusChoiceError {
  return new PrometheusChoiceError(`--prometheus ${JSON.stringify(value)}: ${what}`, { cause })
}

function causeOf(error: Error & { code?: unknown }): string {
  const { cause = error } = error as { cause?: Error & { code?: unknown } } // fetch wraps what happened
  return typeof cause.code === 'string' ? cause.code : cause.message
}
