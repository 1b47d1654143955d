/** Pieces that the kinds of Flux share. */
import { array, boolean, integer, map, object, oneOf, string } from '../../apimachinery/schema.ts'
import { localReference, rule } from '../common.ts'

/** A duration of hours down to milliseconds, such as `5m` or `1h30m`. */
export const interval = string({ pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$' })

/** The pattern of a time limit: no hours. */
export const timeoutPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$'

/** What a source produced, and where to get it. */
export const artifact = object(
  {
    digest: string({ pattern: '^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$' }),
    lastUpdateTime: string({ format: 'date-time' }),
    metadata: map(string()),
    path: string(),
    revision: string(),
    size: integer({ format: 'int64' }),
    url: string(),
  },
  { required: ['digest', 'lastUpdateTime', 'path', 'revision', 'url'] },
)

/** The version that a status starts from: nothing observed yet. */
export const nothingObserved = { default: { observedGeneration: -1 } }

/** Which namespaces may use an object. */
export const accessFrom = object(
  { namespaceSelectors: array(object({ matchLabels: map(string()) })) },
  { required: ['namespaceSelectors'] },
)

const exactlyOneKubeConfig =
  'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified'

/** The cluster to apply to, where it is not the one that the object is in. */
export const kubeConfig = object(
  {
    configMapRef: localReference,
    secretRef: object({ key: string(), name: string() }, { required: ['name'] }),
  },
  {
    'x-kubernetes-validations': [
      rule('has(self.configMapRef) || has(self.secretRef)', exactlyOneKubeConfig),
      rule('!has(self.configMapRef) || !has(self.secretRef)', exactlyOneKubeConfig),
    ],
  },
)

/** Objects that must be ready first. */
export const dependsOn = array(
  object({ name: string(), namespace: string(), readyExpr: string() }, { required: ['name'] }),
)

/** How to tell from an object of some kind that it is healthy. */
export const healthCheckExprs = array(
  object(
    { apiVersion: string(), current: string(), failed: string(), inProgress: string(), kind: string() },
    { required: ['apiVersion', 'current'] },
  ),
)

/** The objects that a patch is for. */
export const patchTarget = object({
  annotationSelector: string(),
  group: string(),
  kind: string(),
  labelSelector: string(),
  name: string(),
  namespace: string(),
  version: string(),
})

/** Strategic merge or JSON patches. */
export const patches = array(object({ patch: string(), target: patchTarget }, { required: ['patch'] }))

/** Fields to leave alone, by JSON pointer. */
export const ignoredPaths = array(object({ paths: array(string()), target: patchTarget }, { required: ['paths'] }))

/** Image names and tags to replace. */
export const images = array(
  object({ digest: string(), name: string(), newName: string(), newTag: string() }, { required: ['name'] }),
)

/** The objects that an apply owns. */
export const inventory = object(
  { entries: array(object({ id: string(), v: string() }, { required: ['id', 'v'] })) },
  { required: ['entries'] },
)

/** How to check the signature of a chart or artifact. */
export const signatureVerification = {
  provider: oneOf(['cosign', 'notation'], { default: 'cosign' }),
  secretRef: localReference,
}

/** Identities that a keyless signature must be from. */
export const oidcIdentities = array(
  object({ issuer: string(), subject: string() }, { required: ['issuer', 'subject'] }),
)

/** Flags of objects that reconcile. */
export const suspend = boolean()
