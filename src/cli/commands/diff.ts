/** `serin diff`: what a manifest would change on the host and on every member, without changing it. */
import { Application } from '../../api/apps/v1alpha1.ts'
import { isJsonObject } from '../../apimachinery/json.ts'
import type { CustomKind } from '../../apimachinery/kind.ts'
import type { Json, KubernetesObject } from '../../apimachinery/meta.ts'
import type { Preview, PreviewedChange } from '../../manager/preview.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import type { ClusterConfig } from '../../runtime/kubeconfig.ts'
import { silentLogger } from '../../runtime/log.ts'
import { newRemoteClusters } from '../../runtime/remote-clusters.ts'
import { clusterOf, connect } from '../connect.ts'
import { documentsOf, kindOf } from '../documents.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { directoryOf, requireState } from '../local/directory.ts'
import { fieldChanges } from '../object-diff.ts'

/** What the command line says. */
export interface DiffOptions {
  readonly file: readonly string[]
  readonly dir?: string
  readonly kubeconfig?: string
}

/** Prints it by cluster. Throws where something would change, as `diff` and `kubectl diff` end then. */
export async function diff(io: Io, options: DiffOptions): Promise<void> {
  const wanted = (await Promise.all(options.file.map(file => objectsOf(io, file)))).flat()
  const { asStored, previewApplication } = await import('../../manager/preview.ts')
  const client = await connect(io, await hostConfig(io, options))
  const shared = { clock: io.clock, random: Math.random, log: silentLogger }
  const informers = newInformerSet({ ...shared, client })
  const clusters = newRemoteClusters({ ...shared, userAgent: 'serin-diff' })
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, io.signal])
  const running = informers.run(signal).catch(() => {})
  const previews: Preview[] = []
  try {
    for (const { type, object } of wanted) {
      if (type === Application) {
        previews.push(await previewApplication(object as Application, { client, informers, clusters }, signal))
        continue
      }
      const stored = await asStored(type, object, client, signal)
      previews.push({ changes: [{ cluster: 'host', kind: type.kind, ...stored }], notes: [] })
    }
  } finally {
    stop.abort(new Error('compared'))
    await running
    await clusters.close()
    await client.close()
  }
  const lines = linesOf(previews)
  for (const line of lines) io.out(`${line}\n`)
  if (lines.length > 0) throw new CliError('failed', 'something would change')
  io.out('nothing would change\n')
}

async function hostConfig(io: Io, options: DiffOptions): Promise<ClusterConfig> {
  if (options.kubeconfig !== undefined) return clusterOf(io, { kubeconfig: options.kubeconfig })
  const host = (await requireState(directoryOf(io, options.dir))).clusters[0]
  if (!host) throw new CliError('unreachable', 'the local set has no host')
  return clusterOf(io, { kubeconfig: host.kubeconfig })
}

async function objectsOf(
  io: Io,
  file: string,
): Promise<readonly { readonly type: CustomKind; readonly object: KubernetesObject }[]> {
  const documents = await documentsOf(io, file)
  return documents.filter(document => document !== null).map(document => objectOf(file, document))
}

function objectOf(file: string, document: Json) {
  const { apiVersion, kind, metadata } = isJsonObject(document) ? document : {}
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    throw new CliError('usage', `${file}: apiVersion and kind are required`)
  const type = kindOf(apiVersion, kind)
  if (!type) throw new CliError('usage', `${file}: ${apiVersion} ${kind} is not a kind that Serin knows`)
  if (!isJsonObject(metadata) || typeof metadata['name'] !== 'string')
    throw new CliError('usage', `${file}: ${kind}: metadata.name is required`)
  // The API's own default.
  const object = { ...(document as object), metadata: { namespace: 'default', ...metadata } }
  return { type, object: object as KubernetesObject } // the dry run tells what else is wrong
}

function linesOf(previews: readonly Preview[]): readonly string[] {
  const byCluster = new Map<string, string[]>()
  const add = (cluster: string, lines: readonly string[]) =>
    byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), ...lines])
  for (const { changes, notes } of previews) {
    for (const one of changes) add(one.cluster, changeLines(one))
    for (const { cluster, text } of notes) add(cluster, [`  ? ${text}`])
  }
  return [...byCluster].flatMap(([cluster, lines]) => (lines.length > 0 ? [cluster, ...lines] : []))
}

function changeLines({ kind, before, after }: PreviewedChange): readonly string[] {
  const { namespace, name } = (after ?? before)?.metadata ?? {}
  const title = `${kind} ${namespace ? `${namespace}/` : ''}${name}`
  if (!before) return [`  + ${title}`]
  if (!after) return [`  - ${title}`]
  const fields = fieldChanges(before, after)
  return fields.length > 0 ? [`  ~ ${title}`, ...fields.map(field => `      ${field}`)] : []
}
