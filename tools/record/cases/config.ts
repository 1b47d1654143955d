/** Configuration and storage that are refused. */
import type { CaseTable } from './tables.ts'

/** Configuration and storage that are refused. */
export const configCases: CaseTable = [
  { name: 'a ConfigMap with a bad key', base: 'configMap', with: { data: { 'a b': 'c' } } },
  { name: 'a ConfigMap with keys of dots', base: 'configMap', with: { data: { '.': 'c', '..': 'd', '..e': 'f' } } },
  { name: 'a ConfigMap with one key twice', base: 'configMap', with: { binaryData: { key: 'AA==' } } },
  { name: 'a Secret with a bad key', base: 'secret', with: { data: { 'a b': 'YQ==' } } },
  { name: 'a TLS Secret without keys', base: 'secret', with: { type: 'kubernetes.io/tls' } },
  {
    name: 'a TLS Secret with a bad certificate',
    base: 'secret',
    with: { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'a', 'tls.key': 'b' } },
  },
  { name: 'a registry Secret without configuration', base: 'secret', with: { type: 'kubernetes.io/dockerconfigjson' } },
  {
    name: 'a registry Secret that is no JSON',
    base: 'secret',
    with: { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'x' } },
  },
  {
    name: 'an old registry Secret',
    base: 'secret',
    with: { type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': 'x' } },
  },
  { name: 'a basic-auth Secret without a user', base: 'secret', with: { type: 'kubernetes.io/basic-auth' } },
  { name: 'an SSH Secret without a key', base: 'secret', with: { type: 'kubernetes.io/ssh-auth' } },
  { name: 'a token Secret without an account', base: 'secret', with: { type: 'kubernetes.io/service-account-token' } },
  { name: 'a Namespace with a bad finalizer', base: 'namespace', with: { spec: { finalizers: ['foo'] } } },
  {
    name: 'a ServiceAccount with empty references',
    base: 'serviceAccount',
    with: { secrets: [{}], imagePullSecrets: [{}] },
  },
  {
    name: 'an Event in another namespace',
    base: 'event',
    with: { involvedObject: { kind: 'Pod', namespace: 'other', name: 'p' } },
  },
  {
    name: 'an Event without anything',
    base: 'event',
    with: { involvedObject: {}, reason: undefined, type: undefined },
  },
  { name: 'a PersistentVolume without anything', base: 'persistentVolume', with: { spec: {} } },
  { name: 'a claim without anything', base: 'persistentVolumeClaim', with: { spec: {} } },
  {
    name: 'a claim with an unknown mode',
    base: 'persistentVolumeClaim',
    with: { 'spec.accessModes': ['Foo'], 'spec.volumeMode': 'Bar', 'spec.storageClassName': 'A B' },
  },
  {
    name: 'a limit range with mistakes',
    base: 'limitRange',
    with: { 'spec.limits': [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }, { type: 'Container' }] },
  },
]
