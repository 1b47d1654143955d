/** What a HelmRelease says about each Helm action. */
import { array, boolean, integer, object, oneOf, string } from '../../apimachinery/schema.ts'
import { rule } from '../common.ts'
import { interval } from '../flux/common.ts'

const crds = oneOf(['Skip', 'Create', 'CreateReplace'])
const serverSideApply = oneOf(['enabled', 'disabled', 'auto'])
const strategyName = oneOf(['RemediateOnFailure', 'RetryOnFailure'])

const remediation = { ignoreTestFailures: boolean(), remediateLastFailure: boolean(), retries: integer() }

const hooksAndWaiting = { disableHooks: boolean(), disableWait: boolean(), disableWaitForJobs: boolean() }

const checks = {
  disableOpenAPIValidation: boolean(),
  disableSchemaValidation: boolean(),
  disableTakeOwnership: boolean(),
}

/** `helm install`. */
export const install = object({
  crds,
  createNamespace: boolean(),
  ...hooksAndWaiting,
  ...checks,
  remediation: object(remediation),
  replace: boolean(),
  serverSideApply: boolean(),
  skipCRDs: boolean(),
  strategy: object(
    { name: strategyName, retryInterval: interval },
    {
      required: ['name'],
      'x-kubernetes-validations': [
        rule(
          "!has(self.retryInterval) || self.name != 'RemediateOnFailure'",
          ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
        ),
      ],
    },
  ),
  timeout: interval,
})

/** `helm upgrade`. */
export const upgrade = object({
  chartNameChangeStrategy: oneOf(['InPlaceUpdate', 'Reinstall']),
  cleanupOnFail: boolean(),
  crds,
  ...hooksAndWaiting,
  ...checks,
  force: boolean(),
  preserveValues: boolean(),
  remediation: object({ ...remediation, strategy: oneOf(['rollback', 'uninstall']) }),
  serverSideApply,
  strategy: object(
    { name: strategyName, retryInterval: interval },
    {
      required: ['name'],
      'x-kubernetes-validations': [
        rule(
          "!has(self.retryInterval) || self.name == 'RetryOnFailure'",
          ".retryInterval can only be set when .name is 'RetryOnFailure'",
        ),
      ],
    },
  ),
  timeout: interval,
})

/** `helm rollback`. */
export const rollback = object({
  cleanupOnFail: boolean(),
  ...hooksAndWaiting,
  force: boolean(),
  recreate: boolean(),
  serverSideApply,
  timeout: interval,
})

/** `helm uninstall`. */
export const uninstall = object({
  deletionPropagation: oneOf(['background', 'foreground', 'orphan'], { default: 'background' }),
  disableHooks: boolean(),
  disableWait: boolean(),
  keepHistory: boolean(),
  timeout: interval,
})

/** `helm test`. */
export const test = object({
  enable: boolean(),
  filters: array(
    object({ exclude: boolean(), name: string({ maxLength: 253, minLength: 1 }) }, { required: ['name'] }),
  ),
  ignoreFailures: boolean(),
  timeout: interval,
})

/** Values from ConfigMaps and Secrets. */
export const valuesFrom = array(
  object(
    {
      kind: oneOf(['Secret', 'ConfigMap']),
      literal: boolean(),
      name: string({ maxLength: 253, minLength: 1 }),
      optional: boolean(),
      targetPath: string({ maxLength: 250, pattern: '^([a-zA-Z0-9_\\-.\\\\\\/]|\\[[0-9]{1,5}\\])+$' }),
      valuesKey: string({ maxLength: 253, pattern: '^[\\-._a-zA-Z0-9]+$' }),
    },
    { required: ['kind', 'name'] },
  ),
)
