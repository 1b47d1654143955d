/** `spec.source` of an Application, and what its status says about it. */
import { array, boolean, integer, map, object, oneOf, string } from '../../apimachinery/schema.ts'
import { conditions, localReference } from '../common.ts'
import { accessFrom, interval, suspend, timeoutPattern } from '../flux/common.ts'

const timeout = string({ default: '60s', pattern: timeoutPattern })
const registryProvider = oneOf(['generic', 'aws', 'azure', 'gcp'], { default: 'generic' })
const layerSelector = object({ mediaType: string(), operation: oneOf(['extract', 'copy']) })

const include = array(
  object({ fromPath: string(), repository: localReference, toPath: string() }, { required: ['repository'] }),
)

const gitRepository = object(
  {
    accessFrom,
    gitImplementation: oneOf(['go-git', 'libgit2'], { default: 'go-git', description: 'Without effect.' }),
    ignore: string({ description: 'Files to leave out, in the format of .gitignore.' }),
    include,
    interval,
    recurseSubmodules: boolean(),
    ref: object(
      { branch: string(), commit: string(), name: string(), semver: string(), tag: string() },
      { description: 'What to check out; the branch master when empty.' },
    ),
    secretRef: localReference,
    suspend,
    timeout,
    url: string({ pattern: '^(http|https|ssh)://.*$' }),
    verify: object({ mode: oneOf(['head']), secretRef: localReference }, { required: ['mode', 'secretRef'] }),
  },
  { required: ['interval', 'url'], description: 'A Git repository.' },
)

const helmRepository = object(
  {
    accessFrom,
    interval,
    passCredentials: boolean(),
    provider: registryProvider,
    secretRef: localReference,
    suspend,
    timeout,
    type: oneOf(['default', 'oci']),
    url: string(),
  },
  { required: ['interval', 'url'], description: 'A repository of Helm charts.' },
)

const ociRepository = object(
  {
    certSecretRef: localReference,
    ignore: string(),
    insecure: boolean(),
    interval,
    layerSelector,
    provider: registryProvider,
    ref: object({ digest: string(), semver: string(), tag: string() }),
    secretRef: localReference,
    serviceAccountName: string(),
    suspend,
    timeout,
    url: string({ pattern: '^oci://.*$' }),
    verify: object(
      { provider: oneOf(['cosign'], { default: 'cosign' }), secretRef: localReference },
      { required: ['provider'] },
    ),
  },
  { required: ['interval', 'url'], description: 'An artifact in an OCI registry.' },
)

/** `spec.source`. */
export const applicationSource = object(
  { gitRepository, helmRepository, ociRepository },
  { description: 'Where the manifests or charts come from; exactly one kind of source.' },
)

// Unlike the sources' own status, an artifact may lack its digest here: old objects do.
const artifact = object(
  {
    digest: string({ pattern: '^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$' }),
    lastUpdateTime: string({ format: 'date-time' }),
    metadata: map(string()),
    path: string(),
    revision: string(),
    size: integer({ format: 'int64' }),
    url: string(),
  },
  { required: ['lastUpdateTime', 'path', 'revision', 'url'] },
)

const sourceStatus = {
  artifact,
  conditions,
  lastHandledReconcileAt: string(),
  observedGeneration: integer({ format: 'int64' }),
  url: string(),
}

/** `status.sourceStatus`: the status of the source object. */
export const applicationSourceStatus = object({
  gitRepoStatus: object({
    ...sourceStatus,
    contentConfigChecksum: string(),
    includedArtifacts: array(artifact),
    observedIgnore: string(),
    observedInclude: include,
    observedRecurseSubmodules: boolean(),
    observedSparseCheckout: array(string()),
    sourceVerificationMode: string(),
  }),
  helmRepoStatus: object(sourceStatus),
  ociRepoStatus: object({
    ...sourceStatus,
    contentConfigChecksum: string(),
    observedIgnore: string(),
    observedLayerSelector: layerSelector,
  }),
})
