/** A pod's volumes as folders of this machine. */
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Pod } from '../../api/core/core-v1.ts'
import { type ContainerSpec, StartError } from './container.ts'
import { type ConfigLookup, fieldValue, type NodeFacts } from './environment.ts'
import { type ResourceFieldRef, resourceValue } from './resource-field.ts'

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]
type Files = Readonly<Record<string, string | Buffer>>
type Source = {
  readonly items?: readonly { readonly key: string; readonly path: string }[]
  readonly optional?: boolean
}
type DownwardItem = {
  readonly path: string
  readonly fieldRef?: { readonly fieldPath: string }
  readonly resourceFieldRef?: ResourceFieldRef
}

/**
 * Writes all volumes of a pod under `folder` and gives each one's path by its name. May be repeated to bring changed
 * ConfigMaps and Secrets in. Throws StartError (FailedMount) for a volume that cannot be had here.
 */
export async function writeVolumes(
  pod: Pod,
  folder: string,
  lookup: ConfigLookup,
  facts: NodeFacts,
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>()
  for (const volume of pod.spec?.volumes ?? []) {
    const target = path.join(folder, volume.name)
    paths.set(volume.name, volume.hostPath?.path ?? target)
    const files = filesOf(pod, volume, lookup, facts)
    if (files === undefined) await mkdir(target, { recursive: true })
    else await writeAtomically(target, files)
  }
  return paths
}

/** The files of a volume that is made of objects; undefined for one that is an empty folder. */
function filesOf(pod: Pod, volume: Volume, lookup: ConfigLookup, facts: NodeFacts): Files | undefined {
  if (volume.configMap) return configMapFiles(volume.configMap.name ?? '', volume.configMap, lookup)
  if (volume.secret) return secretFiles(volume.secret.secretName ?? '', volume.secret, lookup)
  if (volume.downwardAPI) return downwardFiles(pod, volume.downwardAPI.items, facts)
  if (volume.projected) {
    return Object.assign(
      {},
      ...(volume.projected.sources ?? []).map(source => ({
        ...(source.configMap ? configMapFiles(source.configMap.name ?? '', source.configMap, lookup) : {}),
        ...(source.secret ? secretFiles(source.secret.name ?? '', source.secret, lookup) : {}),
        ...(source.downwardAPI ? downwardFiles(pod, source.downwardAPI.items, facts) : {}),
      })),
    )
  }
  if (volume.emptyDir || volume.hostPath) return undefined
  throw new StartError(
    'FailedMount',
    `volume ${JSON.stringify(volume.name)} is of a type that a local cluster does not have`,
  )
}

function configMapFiles(name: string, source: Source, lookup: ConfigLookup): Files {
  const map = lookup.configMap(name)
  if (!map && !source.optional) throw new StartError('FailedMount', `configmap "${name}" not found`)
  return select(
    { ...map?.data, ...bytesOf(map?.binaryData) },
    source,
    key => `configmap references non-existent config key: ${key}`,
  )
}

function secretFiles(name: string, source: Source, lookup: ConfigLookup): Files {
  const secret = lookup.secret(name)
  if (!secret && !source.optional) throw new StartError('FailedMount', `secret "${name}" not found`)
  return select(bytesOf(secret?.data), source, key => `references non-existent secret key: ${key}`)
}

function downwardFiles(pod: Pod, items: readonly DownwardItem[] | undefined, facts: NodeFacts): Files {
  const told = ({ fieldRef, resourceFieldRef }: DownwardItem) =>
    fieldRef
      ? fieldValue(pod, fieldRef.fieldPath, facts)
      : resourceFieldRef
        ? resourceValue(pod, undefined, resourceFieldRef)
        : ''
  return Object.fromEntries((items ?? []).map(item => [item.path, told(item)]))
}

function select(data: Files, { items, optional }: Source, missing: (key: string) => string): Files {
  if (!items) return data
  const absent = items.find(item => !Object.hasOwn(data, item.key))
  if (absent && !optional) throw new StartError('FailedMount', missing(absent.key))
  return Object.fromEntries(
    items.filter(item => Object.hasOwn(data, item.key)).map(item => [item.path, data[item.key] ?? '']),
  )
}

function bytesOf(encoded: Readonly<Record<string, string>> | undefined): Files {
  return Object.fromEntries(Object.entries(encoded ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
}

/** A new folder behind a symbolic link that is swapped in, as the kubelet does, so that readers see old or new. */
async function writeAtomically(target: string, files: Files): Promise<void> {
  const before = await readlink(target).catch(() => undefined)
  if (before !== undefined && (await holds(before, files))) return
  const generation = `${target}.${process.hrtime.bigint()}`
  await mkdir(generation, { recursive: true, mode: 0o700 })
  for (const [name, content] of Object.entries(files)) {
    const file = fileIn(generation, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  const link = `${generation}.link`
  await symlink(generation, link)
  await rename(link, target)
  if (before !== undefined) await rm(before, { recursive: true, force: true })
}

async function holds(folder: string, files: Files): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  if (entries.filter(entry => entry.isFile()).length !== Object.keys(files).length) return false
  for (const [name, content] of Object.entries(files)) {
    const before = await readFile(fileIn(folder, name)).catch(() => undefined)
    if (!before?.equals(Buffer.from(content))) return false
  }
  return true
}

/** No name leads out of the folder. */
function fileIn(folder: string, name: string): string {
  return path.join(folder, path.normalize(path.join('/', name)))
}

/** `text` with the paths of the container's mounts replaced by those of this machine: there is no file system of its own. */
export function withMounts(text: string, mounts: ContainerSpec['mounts']): string {
  return [...mounts]
    .sort((a, b) => b.mountPath.length - a.mountPath.length)
    .reduce((changed, { mountPath, hostPath }) => {
      const place = mountPath.replace(/\/+$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      if (place === '') return changed
      return changed.replace(new RegExp(`(^|[^\\w./-])${place}(?![\\w.-])`, 'g'), (_, lead: string) => lead + hostPath)
    }, text)
}

/** Removes what {@link writeVolumes} wrote. */
export async function removeVolumes(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}
