/** Charts in OCI registries. */
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { withDeadline } from '../../runtime/deadline.ts'
import { type HttpTrust, newHttpAccess } from '../http-access.ts'
import { RegistryLoginError, registryLogin } from '../oci/credentials.ts'
import { RegistryError } from '../oci/errors.ts'
import { highestTag, OciTagError, OciUrlError, parseOciUrl } from '../oci/reference.ts'
import { newOciRegistry, type OciRegistry } from '../oci/registry.ts'
import type { ChartContext, PackedChart } from './chart-source.ts'
import { ChartError } from './errors.ts'

/** Who to be at the registry, and whom to trust. */
export interface OciChartOptions {
  readonly secret?: Readonly<Record<string, string>> | undefined
  readonly trust?: HttpTrust
  readonly insecure?: boolean
}

/** source-controller's limit. */
const maxChartBytes = 10 << 20
const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'

/** The chart at `url`; `version` may be a range. @throws ChartError */
export async function pullOciChart(
  url: string,
  version: string,
  options: OciChartOptions,
  context: ChartContext,
): Promise<PackedChart> {
  const deadline = withDeadline(context.clock, context.timeoutMs, context.signal)
  const access = newHttpAccess(options.trust)
  const file = path.join(tmpdir(), `serin-chart-${randomUUID()}.tgz`)
  try {
    const at = parseOciUrl(url)
    const login = options.secret && registryLogin(options.secret, at)
    const registry = newOciRegistry(at, access, { login, insecure: options.insecure ?? false })
    const tag = await tagOf(registry, version, deadline.signal)
    const { layers } = await registry.manifest(tag, deadline.signal)
    const layer = layers.find(({ mediaType }) => mediaType === chartLayer)
    if (!layer) throw new RegistryError(`${at.repository}:${tag} is no helm chart`)
    await registry.download(layer, file, maxChartBytes, deadline.signal)
    const name = at.repository.split('/').at(-1) ?? ''
    return { name, version: tag.replaceAll('_', '+'), content: await readFile(file) }
  } catch (cause) {
    if (context.signal.aborted) throw context.signal.reason
    throw asChartError(cause, deadline.signal.aborted)
  } finally {
    deadline.clear()
    await access.close()
    await rm(file, { force: true })
  }
}

/** An exact version is a tag; a registry need not list them then. */
async function tagOf(registry: OciRegistry, version: string, signal: AbortSignal): Promise<string> {
  if (/^v?\d+\.\d+\.\d+([-+].*)?$/.test(version)) return version.replaceAll('+', '_')
  return highestTag(await registry.tags(signal), version === '' ? '*' : version)
}

function asChartError(cause: unknown, isLate: boolean): unknown {
  if (cause instanceof RegistryLoginError) {
    return new ChartError(cause.reason, `failed to login to OCI registry: ${cause.message}`, { cause })
  }
  if (cause instanceof OciUrlError) return new ChartError('URLInvalid', cause.message, { cause, stalled: true })
  if (cause instanceof OciTagError) {
    const what = 'invalid chart reference: failed to get chart version for remote reference'
    return new ChartError('InvalidChartReference', `${what}: ${cause.message}`, { cause })
  }
  if (isLate) return new ChartError('ChartPullError', 'chart pull error: context deadline exceeded', { cause })
  return cause instanceof RegistryError
    ? new ChartError('ChartPullError', `chart pull error: ${cause.message}`, { cause })
    : cause
}
