/** Volumes that are refused. */
import type { CaseTable } from './tables.ts'

/** Volumes that are refused. */
export const volumeCases: CaseTable = [
  { name: 'no name', base: 'deployment', with: { 'spec.template.spec.volumes': [{ emptyDir: {} }] } },
  {
    name: 'a name in upper case',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'A', emptyDir: {} }] },
  },
  {
    name: 'two volumes of one name',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [
        { name: 'a', emptyDir: {} },
        { name: 'a', emptyDir: {} },
      ],
    },
  },
  {
    name: 'two sources',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', emptyDir: {}, secret: { secretName: 'x' } }] },
  },
  {
    name: 'three sources',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [
        { name: 'a', configMap: { name: 'y' }, emptyDir: {}, secret: { secretName: 'x' } },
      ],
    },
  },
  {
    name: 'a ConfigMap without a name',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', configMap: {} }] },
  },
  {
    name: 'a Secret without a name',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', secret: {} }] },
  },
  {
    name: 'modes out of range',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [
        { name: 'a', configMap: { name: 'x', defaultMode: 1000 } },
        { name: 'b', secret: { secretName: 'x', defaultMode: -1 } },
      ],
    },
  },
  {
    name: 'bad items',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [
        {
          name: 'a',
          configMap: { name: 'x', items: [{}, { key: 'a', path: '../b' }, { key: 'a', path: '/b', mode: 1000 }] },
        },
      ],
    },
  },
  {
    name: 'a negative size of an emptyDir',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', emptyDir: { sizeLimit: '-1' } }] },
  },
  {
    name: 'an emptyDir on an unknown medium',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', emptyDir: { medium: 'Foo' } }] },
  },
  {
    name: 'a hostPath without a path',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', hostPath: {} }] },
  },
  {
    name: 'a hostPath upwards and of an unknown type',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', hostPath: { path: '/a/../b', type: 'Foo' } }] },
  },
  {
    name: 'a claim without a name',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', persistentVolumeClaim: {} }] },
  },
  {
    name: 'a bad downward API',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [
        {
          name: 'a',
          downwardAPI: {
            defaultMode: 1000,
            items: [
              {},
              { path: 'a', fieldRef: { fieldPath: 'spec.nodeName' } },
              { path: 'b', resourceFieldRef: { resource: 'limits.cpu' } },
              {
                path: 'c',
                fieldRef: { fieldPath: 'metadata.name' },
                resourceFieldRef: { containerName: 'web', resource: 'limits.cpu' },
              },
            ],
          },
        },
      ],
    },
  },
  {
    name: 'a projection without sources',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', projected: {} }] },
  },
  {
    name: 'a bad projection',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [
        {
          name: 'a',
          projected: {
            sources: [
              {},
              { secret: {} },
              { configMap: { name: 'a' }, secret: { name: 'b' } },
              { serviceAccountToken: { path: 't', expirationSeconds: 5 } },
              { serviceAccountToken: {} },
            ],
          },
        },
      ],
    },
  },
  {
    name: 'two projections to one path',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [
        {
          name: 'a',
          projected: {
            sources: [
              { configMap: { name: 'a', items: [{ key: 'x', path: 'p' }] } },
              { secret: { name: 'b', items: [{ key: 'y', path: 'p' }] } },
            ],
          },
        },
      ],
    },
  },
  {
    name: 'an NFS without a server',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', nfs: {} }] },
  },
  {
    name: 'a CSI volume without a driver',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', csi: {} }] },
  },
  {
    name: 'an image without a reference',
    base: 'deployment',
    with: { 'spec.template.spec.volumes': [{ name: 'a', image: {} }] },
  },
  {
    name: 'an ephemeral claim without anything',
    base: 'deployment',
    with: {
      'spec.template.spec.volumes': [
        { name: 'a', ephemeral: {} },
        { name: 'b', ephemeral: { volumeClaimTemplate: { spec: {} } } },
      ],
    },
  },
]
