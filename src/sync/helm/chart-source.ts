/** Getting charts: indexes and packages over HTTP or OCI, packing those that a source holds as folders. */
import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import { parseYaml, toYaml } from '../../apimachinery/yaml.ts'
import type { Clock } from '../../runtime/clock.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import { redact } from '../../runtime/redact.ts'
import { unpackArchive } from '../archive.ts'
import type { SecretData } from '../git/access.ts'
import { fetchProblem, type HttpTrust, newHttpAccess, readBody } from '../http-access.ts'
import type { SyncLimits } from '../limits.ts'
import { ToolError } from '../process.ts'
import { ChartError } from './errors.ts'
import { newHelmWorkspace } from './helm-cli.ts'
import { mergeValues } from './values.ts'

/** What every call takes. */
export interface ChartContext {
  readonly clock: Clock
  readonly limits: SyncLimits
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A packed chart. */
export interface PackedChart {
  readonly name: string
  readonly version: string
  readonly content: Buffer
}

/** source-controller's limits. */
const maxIndexBytes = 50 << 20
const maxChartBytes = 10 << 20

/** Who to be at a chart repository, and whom to trust. */
export interface RepositoryLogin {
  readonly secret?: SecretData | undefined
  readonly trust?: HttpTrust
}

/** The text of `<url>/index.yaml`. @throws ChartError */
export async function fetchIndex(url: string, login: RepositoryLogin, context: ChartContext): Promise<string> {
  const index = `${url.replace(/\/+$/, '')}/index.yaml`
  try {
    return (await download(index, authorization(login.secret), login.trust, maxIndexBytes, context)).toString('utf8')
  } catch (cause) {
    if (context.signal.aborted) throw context.signal.reason
    throw new ChartError('Failed', `failed to fetch Helm repository index: ${fetchProblem(cause)}`, { cause })
  }
}

/** A chart's package. Credentials go to the repository's own server only, unless `passCredentials`. */
export async function fetchChart(
  repositoryUrl: string,
  chartUrl: string,
  options: RepositoryLogin & { readonly passCredentials?: boolean; readonly digest?: string },
  context: ChartContext,
): Promise<Buffer> {
  const base = `${repositoryUrl.replace(/\/+$/, '')}/`
  const url = URL.parse(chartUrl, base)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new ChartError('ChartPullError', `chart pull error: invalid chart URL ${JSON.stringify(chartUrl)}`)
  }
  const isOwn = url.origin === new URL(base).origin || (options.passCredentials ?? false)
  try {
    const [header, trust] = isOwn ? [authorization(options.secret), options.trust] : []
    const content = await download(url.href, header, trust, maxChartBytes, context)
    const actual = createHash('sha256').update(content).digest('hex')
    const wanted = options.digest?.replace(/^sha256:/, '')
    if (wanted !== undefined && actual !== wanted) throw new Error(`digest sha256:${actual} is not sha256:${wanted}`)
    return content
  } catch (cause) {
    if (context.signal.aborted) throw context.signal.reason
    throw new ChartError('ChartPullError', `chart pull error: ${fetchProblem(cause)}`, { cause })
  }
}

/** Packs the chart that an artifact holds in a folder. @throws ChartError, RefusedError */
export async function packChart(
  archive: string,
  chart: string,
  options: {
    readonly metadataSuffix?: string
    readonly valuesFiles?: readonly string[]
    readonly ignoreMissing?: boolean
  },
  context: ChartContext,
): Promise<PackedChart> {
  const work = path.join(tmpdir(), `serin-chart-${randomUUID()}`)
  const workspace = await newHelmWorkspace({ clock: context.clock })
  try {
    const root = path.join(work, 'source')
    await unpackArchive(archive, root, context.limits, context.signal)
    const folder = path.join(root, ...chart.split('/').filter(part => !['', '.', '..'].includes(part)))
    const description = await readFile(path.join(folder, 'Chart.yaml'), 'utf8').catch(() => undefined)
    if (description === undefined) throw invalidChart(`no chart found at '${chart}'`)
    const metadata = parseYaml(description)
    const version = isJsonObject(metadata) ? String(metadata['version']) : ''
    await useValuesFiles(root, folder, options)
    const suffix = options.metadataSuffix === undefined ? [] : ['--version', `${version}+${options.metadataSuffix}`]
    await workspace.run(
      ['package', folder, '--destination', workspace.folder, ...suffix],
      context.signal,
      context.timeoutMs,
    )
    return await packedChartIn(workspace.folder)
  } catch (cause) {
    throw cause instanceof ToolError
      ? new ChartError('ChartPackageError', `chart package error: ${toolMessage(cause)}`, { cause })
      : cause
  } finally {
    await workspace.remove()
    await rm(work, { recursive: true, force: true })
  }
}

/** The files' values, merged in order, take the place of the chart's own. Paths start from the source's root. */
async function useValuesFiles(
  root: string,
  folder: string,
  options: { readonly valuesFiles?: readonly string[]; readonly ignoreMissing?: boolean },
): Promise<void> {
  const { valuesFiles = [], ignoreMissing = false } = options
  if (valuesFiles.length === 0) return
  let merged: JsonObject = {}
  for (const name of valuesFiles) {
    const file = path.join(root, ...name.split('/').filter(part => !['', '.', '..'].includes(part)))
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined && ignoreMissing) continue
    if (text === undefined)
      throw new ChartError(
        'ValuesFilesError',
        `values files merge error: failed to read values from file '${name}': no such file or directory`,
      )
    const values: Json = parseYaml(text)
    if (isJsonObject(values)) merged = mergeValues(merged, values)
  }
  await writeFile(path.join(folder, 'values.yaml'), toYaml(merged))
}

async function packedChartIn(folder: string): Promise<PackedChart> {
  const file = (await readdir(folder)).find(name => name.endsWith('.tgz'))
  if (file === undefined) throw invalidChart('helm gave no package')
  const place = path.join(folder, file)
  if ((await stat(place)).size > maxChartBytes) throw invalidChart(`the chart is larger than ${maxChartBytes} bytes`)
  // NAME-VERSION.tgz, where both may have dashes: a version begins with a digit.
  const [, name = '', version = ''] = /^(.+?)-(v?\d+\.\d+\.\d+.*)\.tgz$/.exec(file) ?? []
  return { name, version, content: await readFile(place) }
}

function invalidChart(why: string): ChartError {
  return new ChartError('InvalidChartReference', `invalid chart reference: ${why}`)
}

function authorization(secret: SecretData | undefined): string | undefined {
  const { username, password = '' } = secret ?? {}
  return username ? `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` : undefined
}

async function download(
  url: string,
  authorizationHeader: string | undefined,
  trust: HttpTrust | undefined,
  maxBytes: number,
  context: ChartContext,
): Promise<Buffer> {
  const deadline = withDeadline(context.clock, context.timeoutMs, context.signal)
  const access = newHttpAccess(trust)
  try {
    const headers = authorizationHeader === undefined ? {} : { authorization: authorizationHeader }
    const response = await access.fetch(url, { headers, signal: deadline.signal })
    if (!response.ok) throw new Error(`failed to fetch ${redact(url)} : ${response.status} ${response.statusText}`)
    return await readBody(response, maxBytes)
  } catch (error) {
    throw error instanceof RangeError ? new Error(`${redact(url)} is ${error.message}`, { cause: error }) : error
  } finally {
    deadline.clear()
    await access.close()
  }
}

function toolMessage(error: ToolError): string {
  return redact((error.stderr.trim().split('\n').at(-1) ?? error.message).replace(/^Error: /, '')) || error.message
}
