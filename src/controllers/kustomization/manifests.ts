/** From what was built to what is applied: variables, owner labels, common metadata. */
import type { Kustomization } from '../../api/kustomize/v1.ts'
import type { JsonObject } from '../../apimachinery/meta.ts'
import type { Client } from '../../runtime/client.ts'
import { asManifest, type Manifest } from '../../sync/apply/identity.ts'
import { ownerLabelKeys } from '../../sync/apply/switches.ts'
import type { BuildRequest } from '../../sync/kustomize/build.ts'
import { BuildError } from '../../sync/kustomize/errors.ts'
import { checkedVariables, substituteIn } from '../../sync/kustomize/substitute.ts'
import { fetchEntries } from '../../sync/secrets.ts'

/** What the Kustomization says about the build. */
export function additionsOf({ spec }: Kustomization): BuildRequest['additions'] {
  const {
    targetNamespace,
    namePrefix,
    nameSuffix,
    patches,
    images,
    components,
    ignoreMissingComponents,
    buildMetadata,
  } = spec
  return {
    ...(targetNamespace ? { targetNamespace } : {}),
    ...(namePrefix ? { namePrefix } : {}),
    ...(nameSuffix ? { nameSuffix } : {}),
    ...(patches ? { patches } : {}),
    ...(images ? { images } : {}),
    ...(components ? { components } : {}),
    ...(ignoreMissingComponents ? { ignoreMissingComponents } : {}),
    ...(buildMetadata ? { buildMetadata } : {}),
  }
}

/** The variables of `postBuild`; undefined where there is nothing to substitute. They come from the host. */
export async function variablesOf(
  { spec, metadata }: Kustomization,
  client: Client,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { postBuild } = spec
  if (!postBuild) return undefined
  const merged: Record<string, string> = {}
  const namespace = metadata?.namespace ?? ''
  for (const { kind, name, optional } of postBuild.substituteFrom ?? []) {
    const entries = await fetchEntries(client, kind, { namespace, name }, signal)
    if (entries) Object.assign(merged, entries)
    else if (!optional) {
      const resource = kind === 'Secret' ? 'secrets' : 'configmaps'
      throw new BuildError(`substitute from '${kind}/${name}' error: ${resource} ${JSON.stringify(name)} not found`)
    }
  }
  Object.assign(merged, postBuild.substitute ?? {})
  const isEmpty = Object.keys(merged).length === 0
  return isEmpty && postBuild.substituteStrategy !== 'Always' ? undefined : checkedVariables(merged)
}

/** The manifests as they are applied. @throws BuildError */
export function manifestsFrom(
  kustomization: Kustomization,
  objects: readonly JsonObject[],
  variables: ReadonlyMap<string, string> | undefined,
): readonly Manifest[] {
  const { name = '', namespace = '' } = kustomization.metadata ?? {}
  const { labels, annotations } = kustomization.spec.commonMetadata ?? {}
  const ownerLabels = { [ownerLabelKeys.name]: name, [ownerLabelKeys.namespace]: namespace }
  return objects.map(object => {
    const manifest = asManifest(variables ? substituteIn(object, variables) : object)
    if (typeof manifest === 'string') throw new BuildError(manifest)
    if (manifest.kind === 'Secret' && manifest['sops'] !== undefined) {
      const subject = `Secret/${manifest.metadata.namespace ?? ''}/${manifest.metadata.name}`
      throw new BuildError(
        `${subject} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`,
      )
    }
    const metadata = {
      ...manifest.metadata,
      labels: { ...manifest.metadata.labels, ...ownerLabels, ...labels },
      ...(annotations || manifest.metadata.annotations
        ? { annotations: { ...manifest.metadata.annotations, ...annotations } }
        : {}),
    }
    // The same manifest with more in its maps of texts.
    return { ...manifest, metadata } as unknown as Manifest
  })
}
