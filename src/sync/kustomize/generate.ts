/** The kustomization file that is built: the one of the source with what the object adds, or a generated one. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import { parseYaml, parseYamlDocuments, toYaml } from '../../apimachinery/yaml.ts'
import { BuildError } from './errors.ts'
import { isRemote } from './references.ts'

/** The names that kustomize looks for, in this order. */
export const kustomizationFiles: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** What an object says about the build. */
export interface BuildAdditions {
  readonly targetNamespace?: string
  readonly namePrefix?: string
  readonly nameSuffix?: string
  readonly patches?: readonly { readonly patch: string; readonly target?: unknown }[]
  readonly images?: readonly ImageOverride[]
  readonly components?: readonly string[]
  readonly ignoreMissingComponents?: boolean
  readonly buildMetadata?: readonly string[]
}

interface ImageOverride {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly digest?: string
}

/**
 * Writes the kustomization file of `folder` with the additions. False where there is nothing to build.
 * @throws BuildError
 */
export async function writeKustomization(folder: string, additions: BuildAdditions): Promise<boolean> {
  const file = await existingFile(folder)
  const found = file === undefined ? await generated(folder) : await parsed(path.join(folder, file), file)
  const components = await checkedComponents(folder, additions)
  if (found === undefined && components.length === 0) return false
  const kustomization = withAdditions(found ?? header, additions, components)
  await writeFile(path.join(folder, file ?? 'kustomization.yaml'), toYaml(kustomization), { mode: 0o600 })
  return true
}

const header = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' }

/** The name of the folder's kustomization file, if it has one. */
export async function existingFile(folder: string): Promise<string | undefined> {
  const names = new Set(await readdir(folder))
  return kustomizationFiles.find(name => names.has(name))
}

async function parsed(file: string, name: string): Promise<JsonObject> {
  let value: Json
  try {
    value = parseYaml(await readFile(file, 'utf8'))
  } catch (error) {
    throw new BuildError(`kustomize build failed: ${name}: ${messageOf(error)}`)
  }
  if (value === null) return header
  if (!isJsonObject(value)) throw new BuildError(`kustomize build failed: ${name} is not a mapping`)
  // Without resources, objects come out of generators and components: then kustomize says from which.
  const hasResources = isJsonArray(value['resources']) && value['resources'].length > 0
  return hasResources || value['buildMetadata'] !== undefined
    ? value
    : { ...value, buildMetadata: ['originAnnotations'] }
}

/** Every manifest under the folder; folders with a kustomization of their own count as one. */
async function generated(folder: string): Promise<JsonObject | undefined> {
  const resources: string[] = []
  const walk = async (relative: string): Promise<void> => {
    const entries = await readdir(path.join(folder, relative), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = path.posix.join(relative, entry.name)
      if (entry.isDirectory()) {
        if (await existingFile(path.join(folder, name))) resources.push(`./${name}`)
        else await walk(name)
      } else if (/\.ya?ml$/.test(entry.name) && (await holdsObjects(path.join(folder, name), name))) {
        resources.push(`./${name}`)
      }
    }
  }
  await walk('')
  return resources.length === 0 ? undefined : { ...header, resources }
}

async function holdsObjects(file: string, name: string): Promise<boolean> {
  let documents: readonly Json[]
  try {
    documents = parseYamlDocuments(await readFile(file, 'utf8'))
  } catch (error) {
    throw new BuildError(`failed to decode Kubernetes YAML from ${name}: ${messageOf(error)}`)
  }
  for (const document of documents) {
    const isObject = isJsonObject(document) && typeof document['kind'] === 'string' && document['kind'] !== ''
    if (!isObject) throw new BuildError(`failed to decode Kubernetes YAML from ${name}: missing Resource metadata`)
  }
  return documents.length > 0
}

async function checkedComponents(folder: string, additions: BuildAdditions): Promise<readonly string[]> {
  const components: string[] = []
  for (const component of additions.components ?? []) {
    if (path.isAbsolute(component) || isRemote(component)) {
      throw new BuildError(`component path '${component}' must be local and relative`)
    }
    const isThere = await stat(path.join(folder, component)).then(
      () => true,
      () => false,
    )
    if (isThere || !additions.ignoreMissingComponents) components.push(component)
  }
  return components
}

function withAdditions(found: JsonObject, additions: BuildAdditions, components: readonly string[]): JsonObject {
  const { targetNamespace, namePrefix, nameSuffix, patches = [], images = [], buildMetadata } = additions
  const list = (key: string): readonly Json[] => (isJsonArray(found[key]) ? found[key] : [])
  const patchList = JSON.parse(JSON.stringify(patches)) as Json[] // Taken from an object of the API: JSON.
  return {
    ...header,
    ...found,
    ...(targetNamespace ? { namespace: targetNamespace } : {}),
    ...(namePrefix ? { namePrefix } : {}),
    ...(nameSuffix ? { nameSuffix } : {}),
    ...(patches.length > 0 ? { patches: [...list('patches'), ...patchList] } : {}),
    ...(images.length > 0 ? { images: mergedImages(list('images'), images) } : {}),
    ...(components.length > 0 ? { components: [...list('components'), ...components] } : {}),
    ...(buildMetadata && buildMetadata.length > 0 ? { buildMetadata: [...buildMetadata] } : {}),
  }
}

/** An entry for the same image is merged field by field; tag and digest go together. */
function mergedImages(existing: readonly Json[], overrides: readonly ImageOverride[]): Json[] {
  const images = existing.filter(isJsonObject)
  const result: JsonObject[] = [...images]
  for (const override of overrides) {
    const { name, newName, newTag, digest } = override
    const at = result.findIndex(image => image['name'] === name)
    const before = result[at] ?? { name }
    const { newTag: oldTag, digest: oldDigest, ...rest } = before
    const hasVersion = newTag !== undefined || digest !== undefined
    const version = hasVersion ? { newTag, digest } : { newTag: oldTag, digest: oldDigest }
    const merged = withoutUndefined({ ...rest, ...(newName ? { newName } : {}), ...version })
    if (at < 0) result.push(merged)
    else result[at] = merged
  }
  return result
}

function withoutUndefined(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter((pair): pair is [string, Json] => pair[1] !== undefined))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
