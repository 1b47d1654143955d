/** One run for one OCIRepository: from its spec to a stored artifact. */
import { randomUUID } from 'node:crypto'
import { copyFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { OCIRepository } from '../../api/source/v1.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import type { Json } from '../../apimachinery/meta.ts'
import type { Client } from '../../runtime/client.ts'
import { readArchive } from '../../sync/archive.ts'
import { type Artifact, type ArtifactStore, digestOf } from '../../sync/artifact-store.ts'
import { GitAccessError, proxyUrl } from '../../sync/git/access.ts'
import type { TreeEntry } from '../../sync/git/tree.ts'
import { type HttpTrust, newHttpAccess, tlsTrust } from '../../sync/http-access.ts'
import { RefusedError, type SyncLimits } from '../../sync/limits.ts'
import { RegistryLoginError, registryLogin } from '../../sync/oci/credentials.ts'
import { RegistryError } from '../../sync/oci/errors.ts'
import {
  highestTag,
  OciTagError,
  OciUrlError,
  ociRevision,
  parseOciUrl,
  wantedReference,
} from '../../sync/oci/reference.ts'
import { newOciRegistry, type OciDescriptor, type OciManifest, type OciRegistry } from '../../sync/oci/registry.ts'
import { packTree } from '../../sync/pack-tree.ts'
import { refusalOf, refusedInOciRepository } from '../../sync/refused-fields.ts'
import { fetchSecretData } from '../../sync/secrets.ts'

/** What a run needs. */
export interface FetchDeps {
  readonly client: Client
  readonly artifacts: ArtifactStore
  readonly limits: SyncLimits
}

/** What a run brought. */
export interface Fetched {
  readonly artifact: Artifact
  readonly isNew: boolean
}

/** A run failed, and what the status has to say. */
export class OciSourceError extends Error {
  override readonly name = 'OciSourceError'
  readonly reason: string
  readonly condition: 'FetchFailed' | 'StorageOperationFailed'
  /** Whether trying again cannot help before the object changes. */
  readonly stalled: boolean

  constructor(
    reason: string,
    message: string,
    options: {
      readonly stalled?: boolean
      readonly condition?: OciSourceError['condition']
      readonly cause?: unknown
    } = {},
  ) {
    super(message, { cause: options.cause })
    this.reason = reason
    this.condition = options.condition ?? 'FetchFailed'
    this.stalled = options.stalled ?? false
  }
}

/** Fetches what is new; gives the artifact that there is where nothing is. @throws OciSourceError */
export async function fetchOciSource(
  object: OCIRepository,
  stored: Artifact | undefined,
  deps: FetchDeps,
  signal: AbortSignal,
): Promise<Fetched> {
  const refusal = refusalOf(refusedInOciRepository, object)
  if (refusal) throw new OciSourceError(refusal.reason, refusal.message, { stalled: true })
  const { url } = object.spec
  const at = told(
    () => parseOciUrl(url),
    OciUrlError,
    error => new OciSourceError(error.reason, error.message, { stalled: true }),
  )
  const secret = await secretOf(object, object.spec.secretRef?.name, 'failed to get credential', deps, signal)
  const login = told(
    () => secret && registryLogin(secret, at),
    RegistryLoginError,
    error => new OciSourceError(error.reason, `failed to get credential: ${error.message}`),
  )
  const access = newHttpAccess(await trustOf(object, deps, signal))
  try {
    const registry = newOciRegistry(at, access, { login, insecure: object.spec.insecure ?? false })
    const { reference, tag } = await resolve(object, registry, signal)
    const digest = await attempt('OCIPullFailed', 'failed to determine artifact digest', () =>
      tag === undefined ? Promise.resolve(reference) : registry.digestOf(tag, signal),
    )
    const revision = ociRevision(tag, digest)
    if (stored?.revision === revision && !isContentConfigChanged(object)) return { artifact: stored, isNew: false }
    const manifest = await attempt('OCIPullFailed', `failed to pull artifact from '${url}'`, () =>
      // By digest: the tag may have moved on since.
      registry.manifest(digest, signal),
    )
    return { artifact: await store(object, registry, manifest, revision, deps, signal), isNew: true }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    await access.close()
  }
}

/** Whether what the spec says about the content of the artifact differs from what the artifact was made of. */
function isContentConfigChanged({ spec, status }: OCIRepository): boolean {
  const json = (value: unknown) => JSON.parse(JSON.stringify(value ?? null)) as Json
  return !(
    (spec.ignore ?? '') === (status?.observedIgnore ?? '') &&
    jsonEqual(json(spec.layerSelector), json(status?.observedLayerSelector))
  )
}

async function secretOf(
  object: OCIRepository,
  name: string | undefined,
  what: string,
  deps: FetchDeps,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (name === undefined || name === '') return undefined
  const { namespace = '' } = object.metadata ?? {}
  const data = await fetchSecretData(deps.client, { namespace, name }, signal)
  if (data) return data
  const message = `${what}: failed to get secret '${namespace}/${name}': secrets ${JSON.stringify(name)} not found`
  throw new OciSourceError('AuthenticationFailed', message)
}

async function trustOf(object: OCIRepository, deps: FetchDeps, signal: AbortSignal): Promise<HttpTrust> {
  const { certSecretRef, proxySecretRef, insecure, url } = object.spec
  const certificates = await secretOf(
    object,
    certSecretRef?.name,
    `failed to generate transport for '${url}'`,
    deps,
    signal,
  )
  const proxy = await secretOf(object, proxySecretRef?.name, 'failed to get proxy address', deps, signal)
  const proxyTrust = told(
    () => (proxy ? { proxy: proxyUrl(proxy) } : {}),
    GitAccessError,
    error => new OciSourceError(error.reason, `failed to get proxy address: ${error.message}`),
  )
  if (certificates) return { ...tlsTrust(certificates), ...proxyTrust }
  return { ...(insecure ? { insecureSkipVerify: true } : {}), ...proxyTrust }
}

/** What to ask for: a digest, or a tag that may have to be chosen first. */
async function resolve(
  { spec }: OCIRepository,
  registry: OciRegistry,
  signal: AbortSignal,
): Promise<{ readonly reference: string; readonly tag?: string }> {
  const what = `failed to determine the artifact tag for '${spec.url}'`
  return attempt('ReadOperationFailed', what, async () => {
    const wanted = wantedReference(spec.ref)
    if (wanted.kind === 'digest') return { reference: wanted.value }
    if (wanted.kind === 'tag') return { reference: wanted.value, tag: wanted.value }
    const tag = highestTag(await registry.tags(signal), wanted.range, wanted.filter)
    return { reference: tag, tag }
  })
}

async function store(
  object: OCIRepository,
  registry: OciRegistry,
  manifest: OciManifest,
  revision: string,
  deps: FetchDeps,
  signal: AbortSignal,
): Promise<Artifact> {
  const { artifacts, limits } = deps
  const { ignore, layerSelector } = object.spec
  const layer = layerOf(manifest, layerSelector?.mediaType)
  const work = path.join(tmpdir(), `serin-layer-${randomUUID()}`)
  try {
    await attempt('OCIPullFailed', `failed to pull artifact from '${object.spec.url}'`, () =>
      registry.download(layer, work, limits.archiveBytes, signal),
    )
    const { namespace = '', name = '' } = object.metadata ?? {}
    const owner = { kind: 'OCIRepository', namespace, name }
    const entries = layerSelector?.operation === 'copy' ? undefined : await extract(work, limits, signal)
    const artifact = await artifacts
      .store(owner, `${manifest.digest}.tar.gz`, revision, async file => {
        if (entries) return packTree(file, entries, { ...(ignore === undefined ? {} : { ignore }), limits, signal })
        await copyFile(work, file)
        return { digest: await digestOf(file), sizeBytes: (await stat(file)).size }
      })
      .catch(cause => {
        const message = `unable to archive artifact to storage: ${cause instanceof Error ? cause.message : String(cause)}`
        throw new OciSourceError('ArchiveOperationFailed', message, { condition: 'StorageOperationFailed', cause })
      })
    const { annotations } = manifest
    return Object.keys(annotations).length > 0 ? { ...artifact, metadata: annotations } : artifact
  } finally {
    await rm(work, { force: true })
  }
}

function layerOf({ layers }: OciManifest, mediaType: string | undefined): OciDescriptor {
  const layer = mediaType ? layers.find(candidate => candidate.mediaType === mediaType) : layers[0]
  if (layer) return layer
  const message = mediaType
    ? `failed to find layer with media type '${mediaType}' in artifact`
    : 'no layers found in artifact'
  throw new OciSourceError('OCILayerOperationFailed', message)
}

async function extract(file: string, limits: SyncLimits, signal: AbortSignal): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = []
  try {
    for await (const { path: at, isFolder, isExecutable, content } of readArchive(file, limits, signal)) {
      if (!isFolder) entries.push({ path: at, isExecutable, sizeBytes: content.length, source: { content } })
    }
    return entries
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    const why = `${cause instanceof RefusedError ? 'refused: ' : ''}${cause instanceof Error ? cause.message : String(cause)}`
    throw new OciSourceError('OCILayerOperationFailed', `failed to extract layer contents from artifact: ${why}`, {
      cause,
    })
  }
}

/** Runs the step; what the registry or the choice of a tag says becomes the source's error. */
async function attempt<T>(reason: string, what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    if (!(cause instanceof RegistryError || cause instanceof OciTagError)) throw cause
    throw new OciSourceError(reason, `${what}: ${cause.message}`, { cause })
  }
}

function told<T, E extends Error>(
  step: () => T,
  kind: new (...given: never[]) => E,
  asSourceError: (error: E) => OciSourceError,
): T {
  try {
    return step()
  } catch (error) {
    throw error instanceof kind ? asSourceError(error) : error
  }
}
