/** The actions of helm on one release, each one call of the program. */
import type { HelmRelease } from '../../api/helm/v2.ts'
import { formatDuration } from '../../apimachinery/duration.ts'
import type { JsonObject } from '../../apimachinery/meta.ts'
import { redact } from '../../runtime/redact.ts'
import type { HelmWorkspace } from '../../sync/helm/helm-cli.ts'
import { ToolError } from '../../sync/process.ts'
import { type Revision, releaseNameOf, timeoutMsOf } from './plan.ts'

/** What helm says about a release after an action. */
export interface ReleaseInfo {
  readonly name: string
  readonly namespace: string
  readonly version: number
  readonly status: string
  readonly firstDeployed: string
  readonly lastDeployed: string
  readonly chartName: string
  readonly chartVersion: string
  readonly appVersion: string
  readonly manifest: string
  readonly testHooks: number
}

/** Helm for one release. Failures of helm are {@link ToolError}s. */
export interface ReleaseActions {
  /** Oldest first; none where there is no release. */
  history(signal: AbortSignal): Promise<readonly Revision[]>
  release(action: 'install' | 'upgrade', chart: string, values: JsonObject, signal: AbortSignal): Promise<ReleaseInfo>
  rollback(to: number, signal: AbortSignal): Promise<void>
  uninstall(signal: AbortSignal): Promise<void>
  test(signal: AbortSignal): Promise<void>
  manifest(signal: AbortSignal): Promise<string>
  /** The CustomResourceDefinitions that come with the chart, as YAML. */
  crds(chart: string, signal: AbortSignal): Promise<string>
}

const readTimeoutMs = 60_000
/** What the program may take beyond its own timeout, which is for each wait of it. */
const graceMs = 30_000

/** The actions for a HelmRelease, in a workspace that has the cluster's kubeconfig. */
export function newReleaseActions(helmRelease: HelmRelease, workspace: HelmWorkspace): ReleaseActions {
  const { spec } = helmRelease
  const { name, namespace } = releaseNameOf(helmRelease)
  const at = ['--namespace', namespace]

  function waiting(action: 'install' | 'upgrade' | 'rollback'): string[] {
    const { disableWait, disableWaitForJobs } = spec[action] ?? {}
    if (disableWait) return []
    return ['--wait=watcher', ...(disableWaitForJobs ? [] : ['--wait-for-jobs'])]
  }
  const flag = (name: string, isSet: boolean | undefined) => (isSet ? [name] : [])
  const bounded = (action: 'install' | 'upgrade' | 'rollback' | 'uninstall' | 'test') => [
    ...['--timeout', formatDuration(timeoutMsOf(spec, action))],
    ...flag('--no-hooks', action === 'test' ? false : spec[action]?.disableHooks),
  ]
  const run = (
    action: 'install' | 'upgrade' | 'rollback' | 'uninstall' | 'test',
    args: readonly string[],
    signal: AbortSignal,
  ) => workspace.run([...args, ...at], signal, timeoutMsOf(spec, action) + graceMs)

  return {
    async history(signal) {
      try {
        const text = await workspace.run(['history', name, ...at, '--output', 'json'], signal, readTimeoutMs)
        const entries = JSON.parse(text) as { revision: number; status: string }[] // helm's format.
        return entries.map(({ revision, status }) => ({ version: revision, status }))
      } catch (error) {
        if (error instanceof ToolError && /release: not found/.test(error.stderr)) return []
        throw error
      }
    },
    async release(action, chart, values, signal) {
      const file = await workspace.file('values.yaml', JSON.stringify(values))
      const { disableSchemaValidation, disableOpenAPIValidation, disableTakeOwnership } = spec[action] ?? {}
      const serverSide = action === 'install' ? spec.install?.serverSideApply : spec.upgrade?.serverSideApply
      const isClientSide = serverSide === false || serverSide === 'disabled'
      const text = await run(
        action,
        [
          ...['upgrade', name, chart, '--install', '--output', 'json', '--values', file, '--skip-crds'],
          ...['--history-max', String(spec.maxHistory ?? 5)],
          ...waiting(action),
          ...bounded(action),
          ...(isClientSide ? ['--server-side=false'] : ['--force-conflicts']),
          ...flag('--create-namespace', spec.install?.createNamespace && spec.targetNamespace !== undefined),
          ...flag('--skip-schema-validation', disableSchemaValidation),
          ...flag('--disable-openapi-validation', disableOpenAPIValidation),
          ...flag('--take-ownership', !disableTakeOwnership),
          ...flag('--cleanup-on-fail', spec.upgrade?.cleanupOnFail),
          ...flag('--reuse-values', action === 'upgrade' && spec.upgrade?.preserveValues),
        ],
        signal,
      )
      return releaseInfo(text)
    },
    async rollback(to, signal) {
      const { cleanupOnFail } = spec.rollback ?? {}
      const args = ['rollback', name, String(to), ...waiting('rollback'), ...bounded('rollback')]
      await run('rollback', [...args, ...flag('--cleanup-on-fail', cleanupOnFail)], signal)
    },
    async uninstall(signal) {
      const { keepHistory, deletionPropagation = 'background', disableWait } = spec.uninstall ?? {}
      const wait = disableWait ? [] : ['--wait=watcher']
      const args = ['uninstall', name, '--ignore-not-found', '--cascade', deletionPropagation, ...wait]
      await run('uninstall', [...args, ...bounded('uninstall'), ...flag('--keep-history', keepHistory)], signal)
    },
    async test(signal) {
      const filters = (spec.test?.filters ?? []).flatMap(({ name, exclude }) => [
        '--filter',
        `${exclude ? '!' : ''}name=${name}`,
      ])
      await run('test', ['test', name, ...filters, ...bounded('test')], signal)
    },
    manifest: signal => workspace.run(['get', 'manifest', name, ...at], signal, readTimeoutMs),
    crds: (chart, signal) => workspace.run(['show', 'crds', chart], signal, readTimeoutMs),
  }
}

/** helm's `--output json` (release.Release). */
function releaseInfo(text: string): ReleaseInfo {
  const release = JSON.parse(text) as {
    name: string
    namespace: string
    version: number
    manifest?: string
    info: { status: string; first_deployed: string; last_deployed: string }
    chart: { metadata: { name: string; version: string; appVersion?: string } }
    hooks?: { events?: string[] }[]
  }
  const { info, chart } = release
  return {
    name: release.name,
    namespace: release.namespace,
    version: release.version,
    status: info.status,
    firstDeployed: info.first_deployed,
    lastDeployed: info.last_deployed,
    chartName: chart.metadata.name,
    chartVersion: chart.metadata.version,
    appVersion: chart.metadata.appVersion ?? '',
    manifest: release.manifest ?? '',
    testHooks: (release.hooks ?? []).filter(({ events }) => events?.includes('test')).length,
  }
}

/** The line of helm's that says why. */
export function helmMessage(error: unknown): string {
  if (!(error instanceof ToolError)) return error instanceof Error ? error.message : String(error)
  const lines = error.stderr.trim().split('\n')
  const line = lines.findLast(line => line.startsWith('Error: ')) ?? lines.at(-1) ?? ''
  return redact(line.replace(/^Error: /, '')) || error.message
}
