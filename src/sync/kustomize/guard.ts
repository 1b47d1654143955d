/**
 * Looks at every kustomization file that a build will read, before it is built: nothing remote, nothing outside of the
 * source, no programs. Kustomize itself fetches URLs and, with the load restrictor off, reads any file of the machine.
 */
import { lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { BuildError } from './errors.ts'
import { existingFile } from './generate.ts'
import { isRemote } from './references.ts'

const maxKustomizations = 500

/** Lists of files or folders that are built in turn. */
const treeFields = ['resources', 'bases', 'components']
/** Lists of files that kustomize only reads. */
const fileFields = ['crds', 'configurations']
/** Lists of files or inline YAML that say what code runs. */
const pluginFields = ['generators', 'transformers', 'validators']
const refusedFields = ['helmCharts', 'helmChartInflationGenerator', 'helmGlobals']
const functionAnnotations = ['config.kubernetes.io/function', 'config.k8s.io/function']

/** @throws BuildError that names the file and the reference that is refused */
export async function guardBuild(root: string, folder: string): Promise<void> {
  const seen = new Set<string>()
  const pending = [folder]
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    if (seen.has(current)) continue
    seen.add(current)
    if (seen.size > maxKustomizations) throw new BuildError(`more than ${maxKustomizations} kustomizations`)
    const file = await existingFile(current)
    if (file === undefined) continue
    const shown = path.relative(root, path.join(current, file))
    for (const document of parseYamlDocuments(await readFile(path.join(current, file), 'utf8'))) {
      if (!isJsonObject(document)) continue
      pending.push(...(await new Guard(root, current, shown).check(document)))
    }
  }
}

/** The checks of one kustomization. */
class Guard {
  readonly #root: string
  readonly #folder: string
  readonly #shown: string

  constructor(root: string, folder: string, shown: string) {
    this.#root = root
    this.#folder = folder
    this.#shown = shown
  }

  /** Gives the folders to look at next. */
  async check(kustomization: JsonObject): Promise<readonly string[]> {
    for (const field of refusedFields) {
      if (kustomization[field] !== undefined) this.#refuse(field, 'charts are not inflated here')
    }
    const next: string[] = []
    for (const field of treeFields) {
      for (const entry of textsOf(kustomization[field])) next.push(...(await this.#tree(field, entry)))
    }
    for (const field of fileFields) for (const entry of textsOf(kustomization[field])) this.#local(field, entry)
    for (const field of pluginFields) {
      for (const entry of textsOf(kustomization[field])) next.push(...(await this.#plugin(field, entry)))
    }
    for (const field of ['patches', 'patchesJson6902', 'replacements']) {
      for (const entry of objectsOf(kustomization[field])) this.#fileAt(`${field}.path`, entry['path'])
    }
    for (const entry of textsOf(kustomization['patchesStrategicMerge'])) {
      if (!entry.includes('\n')) this.#local('patchesStrategicMerge', entry)
    }
    if (isJsonObject(kustomization['openapi'])) this.#fileAt('openapi.path', kustomization['openapi']['path'])
    for (const field of ['configMapGenerator', 'secretGenerator']) {
      for (const entry of objectsOf(kustomization[field])) this.#generator(field, entry)
    }
    return next
  }

  #generator(field: string, entry: JsonObject): void {
    for (const file of textsOf(entry['files'])) {
      // `key=path`: what kustomize opens is behind the sign.
      this.#local(`${field}.files`, file.slice(file.indexOf('=') + 1))
    }
    for (const file of textsOf(entry['envs'])) this.#local(`${field}.envs`, file)
    this.#fileAt(`${field}.env`, entry['env'])
  }

  async #tree(field: string, entry: string): Promise<readonly string[]> {
    const target = this.#local(field, entry)
    return (await isFolder(target)) ? [target] : []
  }

  async #plugin(field: string, entry: string): Promise<readonly string[]> {
    if (entry.includes('\n')) {
      this.#configs(field, entry)
      return []
    }
    const target = this.#local(field, entry)
    if (await isFolder(target)) return [target]
    const text = await readFile(target, 'utf8').catch(() => '')
    this.#configs(field, text)
    return []
  }

  /** What is not built into kustomize is a program. */
  #configs(field: string, text: string): void {
    for (const document of parseYamlDocuments(text)) {
      if (!isJsonObject(document)) continue
      const { apiVersion, kind, metadata } = document
      if (apiVersion !== 'builtin' || kind === 'HelmChartInflationGenerator') {
        this.#refuse(field, `external plugins disabled; unable to load external plugin '${String(kind)}'`)
      }
      const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined
      if (isJsonObject(annotations) && functionAnnotations.some(key => annotations[key] !== undefined)) {
        this.#refuse(field, 'functions are not run here')
      }
      this.#fileAt(`${field}.path`, document['path'])
      this.#generator(field, document)
      for (const entry of textsOf(document['paths'])) if (!entry.includes('\n')) this.#local(`${field}.paths`, entry)
    }
  }

  #fileAt(field: string, value: Json | undefined): void {
    if (typeof value === 'string' && value !== '') this.#local(field, value)
  }

  #local(field: string, reference: string): string {
    if (isRemote(reference)) this.#refuse(field, `remote reference ${JSON.stringify(reference)} is not allowed`)
    if (path.isAbsolute(reference)) this.#refuse(field, `absolute path ${JSON.stringify(reference)} is not allowed`)
    const target = path.resolve(this.#folder, reference)
    if (target !== this.#root && !target.startsWith(this.#root + path.sep)) {
      this.#refuse(field, `path ${JSON.stringify(reference)} is not in or below the source`)
    }
    return target
  }

  #refuse(field: string, why: string): never {
    throw new BuildError(`kustomize build failed: ${this.#shown}: ${field}: ${why}`)
  }
}

function textsOf(value: Json | undefined): readonly string[] {
  return isJsonArray(value) ? value.filter(item => typeof item === 'string') : []
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return isJsonArray(value) ? value.filter(isJsonObject) : []
}

async function isFolder(target: string): Promise<boolean> {
  return (await lstat(target).catch(() => undefined))?.isDirectory() ?? false
}
