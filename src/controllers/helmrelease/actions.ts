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

/** Where a release is. */
export interface ReleaseAt {
  readonly name: string
  readonly namespace: string
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

/** The actions for a HelmRelease (or for one that it had, `at`), in a workspace that has the cluster's kubeconfig. */
export function newReleaseActions(
  helmRelease: HelmRelease,
  workspace: HelmWorkspace,
  { name, namespace }: ReleaseAt = releaseNameOf(helmRelease),
): ReleaseActions {
  const { spec } = helmRelease
  const at = ['--namespace', namespace]
  const historyMax = ['--history-max', String(spec.maxHistory ?? 5)]

  function waiting(action: 'install' | 'upgrade' | 'rollback'): string[] {
    const { disableWait, disableWaitForJobs } = spec[action] ?? {}
    if (disableWait) return []
    return [waitFlag, ...(disableWaitForJobs ? [] : ['--wait-for-jobs'])]
  }
  /** How objects are written: helm itself refuses to replace objects, or to force conflicts, in other combinations. */
  function writing(isServerSide: boolean, replaces: boolean | undefined): string[] {
    if (replaces) return ['--force-replace', '--server-side=false']
    return isServerSide ? ['--server-side=true', '--force-conflicts'] : ['--server-side=false']
  }
  /** `auto` is what was done for a revision (the newest where none is given); Helm 3 knew client-side writes only. */
  async function isServerSide(
    mode: 'enabled' | 'disabled' | 'auto' = 'auto',
    revision: number | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (mode !== 'auto') return mode === 'enabled'
    const which = revision === undefined ? [] : ['--revision', String(revision)]
    const args = ['get', 'metadata', name, ...at, ...which, '--output', 'json']
    const metadata = JSON.parse(await workspace.run(args, signal, readTimeoutMs)) as { applyMethod?: string }
    return metadata.applyMethod === 'ssa'
  }
  const waitFlag = spec.waitStrategy?.name === 'legacy' ? '--wait=legacy' : '--wait=watcher'
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
      const { createNamespace, replace, serverSideApply = true } = spec.install ?? {}
      const { cleanupOnFail, preserveValues, force, serverSideApply: upgradeMode } = spec.upgrade ?? {}
      const own =
        action === 'install'
          ? [
              ...writing(serverSideApply, false),
              ...flag('--create-namespace', createNamespace && spec.targetNamespace !== undefined),
              ...flag('--replace', replace),
            ]
          : [
              ...writing(await isServerSide(upgradeMode, undefined, signal), force),
              ...historyMax,
              ...flag('--cleanup-on-fail', cleanupOnFail),
              ...flag('--reuse-values', preserveValues),
            ]
      const text = await run(
        action,
        [
          ...[action, name, chart, '--output', 'json', '--values', file, '--skip-crds'],
          ...own,
          ...waiting(action),
          ...bounded(action),
          ...flag('--skip-schema-validation', disableSchemaValidation),
          ...flag('--disable-openapi-validation', disableOpenAPIValidation),
          ...flag('--take-ownership', !disableTakeOwnership),
        ],
        signal,
      )
      return releaseInfo(text)
    },
    async rollback(to, signal) {
      const { cleanupOnFail, force, serverSideApply } = spec.rollback ?? {}
      const written = writing(await isServerSide(serverSideApply, to, signal), force)
      const args = ['rollback', name, String(to), ...written, ...historyMax]
      const rest = [...waiting('rollback'), ...bounded('rollback'), ...flag('--cleanup-on-fail', cleanupOnFail)]
      await run('rollback', [...args, ...rest], signal)
    },
    async uninstall(signal) {
      const { keepHistory, deletionPropagation = 'background', disableWait } = spec.uninstall ?? {}
      const wait = disableWait ? [] : [waitFlag]
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
