/** Builds the manifests of an artifact, once for all who want the same. */
import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { canonicalJson, sha256Hex } from '../../apimachinery/canonical-json.ts'
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { orAbort } from '../../runtime/abort.ts'
import { bundledTool } from '../../runtime/bundled-tools.ts'
import type { Clock } from '../../runtime/clock.ts'
import { newLruMap } from '../../runtime/lru-map.ts'
import { unpackArchive } from '../archive.ts'
import { fetchArtifact, type WantedArtifact } from '../artifact-fetch.ts'
import type { SyncLimits } from '../limits.ts'
import { runTool, ToolError } from '../process.ts'
import { BuildError } from './errors.ts'
import { type BuildAdditions, writeKustomization } from './generate.ts'
import { guardBuild } from './guard.ts'

/** What to build. */
export interface BuildRequest {
  readonly artifact: WantedArtifact
  /** A folder in the artifact; its root when empty. */
  readonly path: string
  readonly additions: BuildAdditions
}

/** What was built. */
export interface Built {
  /** In no promised order; `List`s are taken apart. */
  readonly objects: readonly JsonObject[]
}

/** Builds. */
export interface KustomizeBuilder {
  /** @throws BuildError, ArtifactMissingError, ArtifactError, RefusedError */
  build(request: BuildRequest, signal: AbortSignal): Promise<Built>
}

/**
 * How much text of builds is remembered. Members of a fleet ask for the same ones at the same time, and all ask again
 * at each interval: of 500 Applications with ten objects each, none has to be built again.
 */
const rememberedCharacters = 16 << 20

/** A builder that has built nothing. */
export function newKustomizeBuilder(deps: {
  readonly clock: Clock
  readonly limits: SyncLimits
  /** Where kubectl is; default: the bundled one. */
  readonly kubectl?: () => Promise<string>
}): KustomizeBuilder {
  const { clock, limits, kubectl = () => bundledTool('kubectl') } = deps
  const underWay = new Map<string, Promise<Built>>()
  const builds = newLruMap<string, Built>(rememberedCharacters)

  async function buildNow(request: BuildRequest): Promise<Built & { readonly characters: number }> {
    const work = path.join(tmpdir(), `serin-build-${randomUUID()}`)
    // Not that of the caller: others may be waiting for the same build. Each step has a bound of its own.
    const { signal } = new AbortController()
    try {
      await mkdir(work, { mode: 0o700 })
      const root = path.join(work, 'source')
      const archive = path.join(work, 'artifact.tar.gz')
      await fetchArtifact(request.artifact, archive, { limits, clock, signal })
      await unpackArchive(archive, root, limits, signal)
      const folder = await folderIn(root, request.path)
      if (!(await writeKustomization(folder, request.additions))) return { objects: [], characters: 1 }
      await guardBuild(root, folder)
      const output = await runTool({
        command: await kubectl(),
        args: ['kustomize', folder, '--load-restrictor=LoadRestrictionsNone'],
        // No PATH: nothing that kustomize would start is found. No proxy: nothing that it would fetch is reached by one.
        env: { HOME: work, KUBECONFIG: '/dev/null', PATH: '' },
        cwd: root,
        timeoutMs: limits.buildMs,
        maxOutputBytes: limits.buildOutputBytes,
        clock,
        signal,
      }).catch(error => {
        throw error instanceof ToolError ? asBuildError(error, root) : error
      })
      const text = output.toString('utf8')
      return { objects: readObjects(text, limits), characters: text.length + 1 }
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }

  return {
    build(request, signal) {
      const { digest } = request.artifact
      const key = sha256Hex(
        canonicalJson(JSON.parse(JSON.stringify([digest, request.path, request.additions])) as Json),
      )
      const known = builds.get(key)
      if (known) return Promise.resolve(known)
      const same = underWay.get(key)
      if (same) return orAbort(same, signal)
      // A failure may pass and is not remembered: the next to ask tries again.
      const build = buildNow(request)
        .then(({ objects, characters }) => {
          builds.set(key, { objects }, characters)
          return { objects }
        })
        .finally(() => underWay.delete(key))
      underWay.set(key, build)
      return orAbort(build, signal)
    },
  }
}

/** Names that lead up are dropped, so that no path leaves the artifact. */
async function folderIn(root: string, wanted: string): Promise<string> {
  const parts = wanted.split('/').filter(part => part !== '' && part !== '.')
  const inside: string[] = []
  for (const part of parts) {
    if (part === '..') inside.pop()
    else inside.push(part)
  }
  const folder = path.join(root, ...inside)
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory()) return folder
  const why = found ? 'not a directory' : 'no such file or directory'
  throw new BuildError(`kustomization path not found: stat ${inside.join('/')}: ${why}`, 'ArtifactFailed')
}

function asBuildError(error: ToolError, root: string): BuildError {
  const text = error.reason === 'ToolFailed' ? error.stderr.trim().replace(/^error: /, '') : error.message
  return new BuildError(
    `kustomize build failed: ${text.replaceAll(`${root}/`, '').replaceAll(root, '.')}`,
    'BuildFailed',
    {
      cause: error,
    },
  )
}

function readObjects(text: string, limits: SyncLimits): readonly JsonObject[] {
  const objects = parseYamlDocuments(text).flatMap(expandLists)
  if (objects.length > limits.objects) {
    throw new BuildError(`the build has ${objects.length} objects, more than ${limits.objects}`)
  }
  // Objects for kustomize itself are not for a cluster.
  return objects.filter(object => !String(object['apiVersion']).startsWith('kustomize.config.k8s.io/'))
}

function expandLists(document: Json): readonly JsonObject[] {
  if (!isJsonObject(document)) return []
  const { items, kind } = document
  if (typeof kind === 'string' && kind.endsWith('List') && isJsonArray(items)) return items.flatMap(expandLists)
  return [document]
}
