import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ConfigMap, Container, Pod, Secret } from '../../api/core/core-v1.ts'
import { environmentOf, expand } from './environment.ts'

const pod: Pod = {
  metadata: {
    name: 'web-1',
    namespace: 'test',
    uid: 'u-1',
    labels: { app: 'web', 'app.kubernetes.io/part-of': 'shop' },
    annotations: { note: 'hi "you"' },
  },
  spec: { nodeName: 'node-1', serviceAccountName: 'default', containers: [{ name: 'web', image: 'web' }] },
}
const configMaps: Readonly<Record<string, ConfigMap>> = { settings: { data: { COLOR: 'blue', SIZE: 'big' } } }
const secrets: Readonly<Record<string, Secret>> = {
  keys: { data: { TOKEN: Buffer.from('s3cret').toString('base64') } },
}
const lookup = { configMap: (name: string) => configMaps[name], secret: (name: string) => secrets[name] }
const facts = { podIP: '127.5.1.1', hostIP: '127.0.0.1' }

function envOf(container: Partial<Container>): Record<string, string> {
  return environmentOf(pod, { name: 'web', image: 'web', ...container }, lookup, facts)
}

describe('the environment of a container', () => {
  const field = (fieldPath: string) => ({ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] })
  const cases: readonly { name: string; container: Partial<Container>; want: Record<string, string> }[] = [
    { name: 'is empty by itself', container: {}, want: {} },
    {
      name: 'has plain values',
      container: { env: [{ name: 'X', value: '1' }, { name: 'Y' }] },
      want: { X: '1', Y: '' },
    },
    {
      name: 'refers to what came before only',
      container: {
        env: [
          { name: 'A', value: '$(B)' },
          { name: 'B', value: 'b' },
          { name: 'C', value: '$(B)-$$(B)' },
        ],
      },
      want: { A: '$(B)', B: 'b', C: 'b-$(B)' },
    },
    {
      name: 'does not look for references in values from elsewhere',
      container: {
        env: [
          { name: 'A', value: 'a' },
          { name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'COLOR' } } },
        ],
      },
      want: { A: 'a', X: 'blue' },
    },
    {
      name: 'has values of a Secret',
      container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'TOKEN' } } }] },
      want: { X: 's3cret' },
    },
    {
      name: 'takes all of a ConfigMap and a Secret, with a prefix, and lets env win',
      container: {
        envFrom: [{ prefix: 'APP_', configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }],
        env: [{ name: 'APP_SIZE', value: 'small' }],
      },
      want: { APP_COLOR: 'blue', APP_SIZE: 'small', TOKEN: 's3cret' },
    },
    {
      name: 'leaves out what is optional and not there',
      container: {
        envFrom: [{ configMapRef: { name: 'none', optional: true } }],
        env: [
          { name: 'X', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } },
          { name: 'Y', valueFrom: { secretKeyRef: { name: 'keys', key: 'none', optional: true } } },
        ],
      },
      want: {},
    },
    { name: 'knows the name of the pod', container: field('metadata.name'), want: { X: 'web-1' } },
    { name: 'knows a label', container: field("metadata.labels['app.kubernetes.io/part-of']"), want: { X: 'shop' } },
    { name: 'knows an annotation', container: field("metadata.annotations['note']"), want: { X: 'hi "you"' } },
    { name: 'knows the address of the pod', container: field('status.podIP'), want: { X: '127.5.1.1' } },
    { name: 'knows the node', container: field('spec.nodeName'), want: { X: 'node-1' } },
    {
      name: 'knows the resources',
      container: {
        resources: { limits: { cpu: '2' } },
        env: [
          { name: 'L', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
          { name: 'R', valueFrom: { resourceFieldRef: { resource: 'requests.memory' } } },
        ],
      },
      want: { L: '2', R: '0' },
    },
    {
      name: 'knows the resources in whole units, rounded up, or in those of a divisor',
      container: {
        resources: { limits: { cpu: '1500m', memory: '128Mi' }, requests: { cpu: '1.1' } },
        env: [
          { name: 'CORES', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
          { name: 'MILLICORES', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
          { name: 'BYTES', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '0' } } },
          { name: 'MEBIBYTES', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
          { name: 'DISK', valueFrom: { resourceFieldRef: { resource: 'limits.ephemeral-storage', divisor: '1Gi' } } },
        ],
      },
      want: { CORES: '2', MILLICORES: '1100', BYTES: '134217728', MEBIBYTES: '128', DISK: '100' },
    },
  ]
  for (const { name, container, want } of cases) it(name, () => assert.deepEqual(envOf(container), want))

  const missing: readonly { name: string; container: Partial<Container>; message: string }[] = [
    {
      name: 'a ConfigMap',
      container: { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'none', key: 'k' } } }] },
      message: 'configmap "none" not found',
    },
    {
      name: 'a key of a ConfigMap',
      container: { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
      message: "couldn't find key k in configmap settings",
    },
    { name: 'a Secret', container: { envFrom: [{ secretRef: { name: 'none' } }] }, message: 'secret "none" not found' },
  ]
  for (const { name, container, message } of missing) {
    it(`cannot be had without ${name}`, () => {
      assert.throws(() => envOf(container), { reason: 'CreateContainerConfigError', message })
    })
  }
})

describe('references in words', () => {
  const cases = [
    { text: '--message=$(MESSAGE)', want: '--message=hi' },
    { text: '$(NONE) $MESSAGE', want: '$(NONE) $MESSAGE' },
    { text: '$$(MESSAGE)', want: '$(MESSAGE)' },
    { text: '$(MESSAGE', want: '$(MESSAGE' },
  ]
  for (const { text, want } of cases)
    it(`${text} means ${want}`, () => assert.equal(expand(text, { MESSAGE: 'hi' }), want))
})
