/** Server-side apply: who owns which field, what conflicts, what is removed. */
import assert from 'node:assert/strict'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { ConfigMap } from '../../../src/api/core/core-v1.ts'
import type { JsonObject } from '../../../src/apimachinery/meta.ts'
import { isConflict } from '../../../src/runtime/client.ts'
import { type Exchange, failure, invalid, type Topic } from '../case.ts'
import { configMap, deployment, service } from '../objects.ts'
import { merge, pathOf, withMetadata, withSpec } from '../requests.ts'

const cm = (data: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data })
const web = deployment('web')

/** Applies the object as a manager. */
function apply(manager: string, object: JsonObject, more = ''): Exchange {
  return {
    line: `PATCH ${pathOf(object)}?fieldManager=${manager}${more}`,
    body: object,
    headers: { 'content-type': 'application/apply-patch+yaml' },
  }
}

/** Puts the object as a manager. */
function put(manager: string, object: JsonObject): Exchange {
  return { line: `PUT ${pathOf(object)}?fieldManager=${manager}`, body: object }
}

const partial = (spec: JsonObject): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec,
})
const env = (...names: readonly string[]): JsonObject =>
  partial({ template: { spec: { containers: [{ name: 'main', env: names.map(name => ({ name, value: 'x' })) }] } } })

export const ownershipTopic: Topic = {
  title: 'server-side apply',
  cases: [
    {
      name: 'an apply creates the object and owns what it sent',
      send: apply('ann', cm({ a: '1' })),
      want: {
        code: 201,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
            ],
          },
          data: { a: '1' },
        },
      },
    },
    {
      name: 'an apply creates a Deployment, whose defaults nobody owns',
      send: apply('ann', web),
      want: {
        code: 201,
        body: {
          kind: 'Deployment',
          apiVersion: 'apps/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 1,
            creationTimestamp: '<time>',
            labels: { app: 'web' },
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { 'f:app': {} } },
                  'f:spec': {
                    'f:replicas': {},
                    'f:selector': {},
                    'f:template': {
                      'f:metadata': { 'f:labels': { 'f:app': {} } },
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"COLOR"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:image': {},
                            'f:name': {},
                            'f:ports': {
                              'k:{"containerPort":8080,"protocol":"TCP"}': {
                                '.': {},
                                'f:containerPort': {},
                                'f:name': {},
                              },
                            },
                            'f:resources': { 'f:requests': { 'f:cpu': {}, 'f:memory': {} } },
                          },
                        },
                      },
                    },
                  },
                },
              },
            ],
          },
          spec: {
            replicas: 2,
            selector: { matchLabels: { app: 'web' } },
            template: {
              metadata: { labels: { app: 'web' } },
              spec: {
                containers: [
                  {
                    name: 'main',
                    image: 'example.com/web:1',
                    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
                    env: [{ name: 'COLOR', value: 'blue' }],
                    resources: { requests: { cpu: '100m', memory: '64Mi' } },
                    terminationMessagePath: '/dev/termination-log',
                    terminationMessagePolicy: 'File',
                    imagePullPolicy: 'IfNotPresent',
                  },
                ],
                restartPolicy: 'Always',
                terminationGracePeriodSeconds: 30,
                dnsPolicy: 'ClusterFirst',
                securityContext: {},
                schedulerName: 'default-scheduler',
              },
            },
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
          },
          status: {},
        },
      },
    },
    {
      name: 'an apply of the same changes nothing',
      first: [apply('ann', cm({ a: '1' }))],
      send: apply('ann', cm({ a: '1' })),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
            ],
          },
          data: { a: '1' },
        },
      },
    },
    {
      name: 'another manager with another value conflicts',
      first: [apply('ann', cm({ a: '1' }))],
      send: apply('ben', cm({ a: '2' })),
      want: failure(409, 'Conflict', 'Apply failed with 1 conflict: conflict with "ann": .data.a', {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.data.a' }],
      }),
    },
    {
      name: 'all conflicts are named',
      first: [apply('ann', cm({ a: '1', b: '1' })), apply('cid', cm({ c: '1' }))],
      send: apply('ben', cm({ a: '2', b: '2', c: '2' })),
      anyOrder: true,
      want: failure(
        409,
        'Conflict',
        'Apply failed with 3 conflicts: conflicts with "ann":\n- .data.a\n- .data.b\nconflicts with "cid":\n- .data.c',
        {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.data.a' },
            { reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.data.b' },
            { reason: 'FieldManagerConflict', message: 'conflict with "cid"', field: '.data.c' },
          ],
        },
      ),
    },
    {
      name: 'a conflict with an update names its time',
      given: [configMap('cm')],
      send: apply('ben', cm({ color: 'red' })),
      want: failure(409, 'Conflict', 'Apply failed with 1 conflict: conflict with "unknown" using v1: .data.color', {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "unknown" using v1', field: '.data.color' }],
      }),
    },
    {
      name: 'a forced apply takes the field over',
      first: [apply('ann', cm({ a: '1', b: '1' }))],
      send: apply('ben', cm({ a: '2' }), '&force=true'),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:b': {} } },
              },
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
            ],
          },
          data: { a: '2', b: '1' },
        },
      },
    },
    {
      name: 'managers of the same value share the field',
      first: [apply('ann', cm({ a: '1' }))],
      send: apply('ben', cm({ a: '1' })),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'v1',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
            ],
          },
          data: { a: '1' },
        },
      },
    },
    {
      name: 'a field that one of two managers drops stays',
      first: [apply('ann', cm({ a: '1' })), apply('ben', cm({ a: '1' }))],
      send: apply('ann', cm({})),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'v1',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': {} },
              },
            ],
          },
          data: { a: '1' },
        },
      },
    },
    {
      name: 'a field that its only manager drops is removed',
      first: [apply('ann', cm({ a: '1', b: '1' })), apply('ben', cm({ c: '1' }))],
      send: apply('ann', cm({ b: '1' })),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:b': {} } },
              },
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:c': {} } },
              },
            ],
          },
          data: { b: '1', c: '1' },
        },
      },
    },
    {
      name: 'a manager that drops everything is forgotten',
      first: [apply('ann', cm({ a: '1' })), apply('ben', cm({ b: '1' }))],
      send: apply('ann', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' } }),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:b': {} } },
              },
            ],
          },
          data: { b: '1' },
        },
      },
    },
    {
      name: 'a required default comes back when its value is dropped',
      first: [apply('ann', web)],
      send: apply('ann', withSpec(web, { replicas: null })),
      want: {
        code: 200,
        body: {
          kind: 'Deployment',
          apiVersion: 'apps/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 2,
            creationTimestamp: '<time>',
            labels: { app: 'web' },
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { 'f:app': {} } },
                  'f:spec': {
                    'f:replicas': {},
                    'f:selector': {},
                    'f:template': {
                      'f:metadata': { 'f:labels': { 'f:app': {} } },
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"COLOR"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:image': {},
                            'f:name': {},
                            'f:ports': {
                              'k:{"containerPort":8080,"protocol":"TCP"}': {
                                '.': {},
                                'f:containerPort': {},
                                'f:name': {},
                              },
                            },
                            'f:resources': { 'f:requests': { 'f:cpu': {}, 'f:memory': {} } },
                          },
                        },
                      },
                    },
                  },
                },
              },
            ],
          },
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: 'web' } },
            template: {
              metadata: { labels: { app: 'web' } },
              spec: {
                containers: [
                  {
                    name: 'main',
                    image: 'example.com/web:1',
                    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
                    env: [{ name: 'COLOR', value: 'blue' }],
                    resources: { requests: { cpu: '100m', memory: '64Mi' } },
                    terminationMessagePath: '/dev/termination-log',
                    terminationMessagePolicy: 'File',
                    imagePullPolicy: 'IfNotPresent',
                  },
                ],
                restartPolicy: 'Always',
                terminationGracePeriodSeconds: 30,
                dnsPolicy: 'ClusterFirst',
                securityContext: {},
                schedulerName: 'default-scheduler',
              },
            },
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
          },
          status: {},
        },
      },
    },
    {
      name: 'an update takes fields over from an apply',
      first: [apply('ann', cm({ a: '1', b: '1' }))],
      send: put('ben', cm({ a: '2', b: '1' })),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:b': {} } },
              },
              {
                manager: 'ben',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
            ],
          },
          data: { a: '2', b: '1' },
        },
      },
    },
    {
      name: 'an update that removes a field ends its ownership',
      first: [apply('ann', cm({ a: '1', b: '1' }))],
      send: put('ben', cm({ a: '1' })),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
            ],
          },
          data: { a: '1' },
        },
      },
    },
    {
      name: 'a patch is an update of its manager',
      first: [apply('ann', cm({ a: '1' }))],
      send: { ...merge(cm({}), { data: { b: '2' } }), line: `PATCH ${pathOf(cm({}))}?fieldManager=ben` },
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
              {
                manager: 'ben',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:b': {} } },
              },
            ],
          },
          data: { a: '1', b: '2' },
        },
      },
    },
    {
      name: 'a manager without a name is called after the program',
      send: {
        line: 'POST /api/v1/namespaces/ns-case/configmaps',
        body: cm({ a: '1' }),
        headers: { 'user-agent': 'robot/v1 (x)' },
      },
      want: {
        code: 201,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'robot',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
              },
            ],
          },
          data: { a: '1' },
        },
      },
    },
    {
      name: 'items of a list with a key are merged',
      first: [apply('ann', web), apply('ben', env('B'))],
      send: apply('cid', env('C')),
      want: {
        code: 200,
        body: {
          kind: 'Deployment',
          apiVersion: 'apps/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 3,
            creationTimestamp: '<time>',
            labels: { app: 'web' },
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { 'f:app': {} } },
                  'f:spec': {
                    'f:replicas': {},
                    'f:selector': {},
                    'f:template': {
                      'f:metadata': { 'f:labels': { 'f:app': {} } },
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"COLOR"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:image': {},
                            'f:name': {},
                            'f:ports': {
                              'k:{"containerPort":8080,"protocol":"TCP"}': {
                                '.': {},
                                'f:containerPort': {},
                                'f:name': {},
                              },
                            },
                            'f:resources': { 'f:requests': { 'f:cpu': {}, 'f:memory': {} } },
                          },
                        },
                      },
                    },
                  },
                },
              },
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:spec': {
                    'f:template': {
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"B"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:name': {},
                          },
                        },
                      },
                    },
                  },
                },
              },
              {
                manager: 'cid',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:spec': {
                    'f:template': {
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"C"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:name': {},
                          },
                        },
                      },
                    },
                  },
                },
              },
            ],
          },
          spec: {
            replicas: 2,
            selector: { matchLabels: { app: 'web' } },
            template: {
              metadata: { labels: { app: 'web' } },
              spec: {
                containers: [
                  {
                    name: 'main',
                    image: 'example.com/web:1',
                    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
                    env: [
                      { name: 'COLOR', value: 'blue' },
                      { name: 'B', value: 'x' },
                      { name: 'C', value: 'x' },
                    ],
                    resources: { requests: { cpu: '100m', memory: '64Mi' } },
                    terminationMessagePath: '/dev/termination-log',
                    terminationMessagePolicy: 'File',
                    imagePullPolicy: 'IfNotPresent',
                  },
                ],
                restartPolicy: 'Always',
                terminationGracePeriodSeconds: 30,
                dnsPolicy: 'ClusterFirst',
                securityContext: {},
                schedulerName: 'default-scheduler',
              },
            },
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
          },
          status: {},
        },
      },
    },
    {
      name: 'an item of a list with a key is removed with its last manager',
      first: [apply('ann', web), apply('ben', env('B', 'C'))],
      send: apply('ben', env('C')),
      want: {
        code: 200,
        body: {
          kind: 'Deployment',
          apiVersion: 'apps/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 3,
            creationTimestamp: '<time>',
            labels: { app: 'web' },
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { 'f:app': {} } },
                  'f:spec': {
                    'f:replicas': {},
                    'f:selector': {},
                    'f:template': {
                      'f:metadata': { 'f:labels': { 'f:app': {} } },
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"COLOR"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:image': {},
                            'f:name': {},
                            'f:ports': {
                              'k:{"containerPort":8080,"protocol":"TCP"}': {
                                '.': {},
                                'f:containerPort': {},
                                'f:name': {},
                              },
                            },
                            'f:resources': { 'f:requests': { 'f:cpu': {}, 'f:memory': {} } },
                          },
                        },
                      },
                    },
                  },
                },
              },
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:spec': {
                    'f:template': {
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"C"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:name': {},
                          },
                        },
                      },
                    },
                  },
                },
              },
            ],
          },
          spec: {
            replicas: 2,
            selector: { matchLabels: { app: 'web' } },
            template: {
              metadata: { labels: { app: 'web' } },
              spec: {
                containers: [
                  {
                    name: 'main',
                    image: 'example.com/web:1',
                    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
                    env: [
                      { name: 'COLOR', value: 'blue' },
                      { name: 'C', value: 'x' },
                    ],
                    resources: { requests: { cpu: '100m', memory: '64Mi' } },
                    terminationMessagePath: '/dev/termination-log',
                    terminationMessagePolicy: 'File',
                    imagePullPolicy: 'IfNotPresent',
                  },
                ],
                restartPolicy: 'Always',
                terminationGracePeriodSeconds: 30,
                dnsPolicy: 'ClusterFirst',
                securityContext: {},
                schedulerName: 'default-scheduler',
              },
            },
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
          },
          status: {},
        },
      },
    },
    {
      name: 'ports of a Service are merged by port and protocol',
      first: [apply('ann', service('web'))],
      send: apply('ben', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { ports: [{ name: 'metrics', port: 9090, protocol: 'TCP' }] },
      }),
      want: {
        code: 200,
        body: {
          kind: 'Service',
          apiVersion: 'v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            labels: { app: 'web' },
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { 'f:app': {} } },
                  'f:spec': {
                    'f:clusterIP': {},
                    'f:ports': {
                      'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:targetPort': {} },
                    },
                    'f:selector': {},
                  },
                },
              },
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:spec': {
                    'f:ports': {
                      'k:{"port":9090,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {} },
                    },
                  },
                },
              },
            ],
          },
          spec: {
            ports: [
              { name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' },
              { name: 'metrics', protocol: 'TCP', port: 9090, targetPort: 9090 },
            ],
            selector: { app: 'web' },
            clusterIP: 'None',
            clusterIPs: ['None'],
            type: 'ClusterIP',
            sessionAffinity: 'None',
            ipFamilies: ['IPv4'],
            ipFamilyPolicy: 'SingleStack',
            internalTrafficPolicy: 'Cluster',
          },
          status: { loadBalancer: {} },
        },
      },
    },
    {
      name: 'a selector is one value that has one owner',
      first: [apply('ann', service('web'))],
      send: apply('ben', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: { tier: 'front' } },
      }),
      want: failure(409, 'Conflict', 'Apply failed with 1 conflict: conflict with "ann": .spec.selector', {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.spec.selector' }],
      }),
    },
    {
      name: 'finalizers are a set',
      first: [apply('ann', withMetadata(cm({}), { finalizers: ['example.com/a'] }))],
      send: apply('ben', withMetadata(cm({}), { finalizers: ['example.com/b'] })),
      want: failure(409, 'Conflict', 'Apply failed with 1 conflict: conflict with "ann": .data', {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.data' }],
      }),
    },
    {
      name: 'the status is applied apart, and owned apart',
      first: [apply('ann', web)],
      send: {
        ...apply('ben', {
          ...partial({}),
          status: { replicas: 1, conditions: [{ type: 'Available', status: 'True' }] },
        }),
        line: `PATCH ${pathOf(web)}/status?fieldManager=ben`,
      },
      want: {
        code: 200,
        body: {
          kind: 'Deployment',
          apiVersion: 'apps/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 1,
            creationTimestamp: '<time>',
            labels: { app: 'web' },
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { 'f:app': {} } },
                  'f:spec': {
                    'f:replicas': {},
                    'f:selector': {},
                    'f:template': {
                      'f:metadata': { 'f:labels': { 'f:app': {} } },
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"COLOR"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:image': {},
                            'f:name': {},
                            'f:ports': {
                              'k:{"containerPort":8080,"protocol":"TCP"}': {
                                '.': {},
                                'f:containerPort': {},
                                'f:name': {},
                              },
                            },
                            'f:resources': { 'f:requests': { 'f:cpu': {}, 'f:memory': {} } },
                          },
                        },
                      },
                    },
                  },
                },
              },
              {
                manager: 'ben',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:status': {
                    'f:conditions': { 'k:{"type":"Available"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
                    'f:replicas': {},
                  },
                },
                subresource: 'status',
              },
            ],
          },
          spec: {
            replicas: 2,
            selector: { matchLabels: { app: 'web' } },
            template: {
              metadata: { labels: { app: 'web' } },
              spec: {
                containers: [
                  {
                    name: 'main',
                    image: 'example.com/web:1',
                    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
                    env: [{ name: 'COLOR', value: 'blue' }],
                    resources: { requests: { cpu: '100m', memory: '64Mi' } },
                    terminationMessagePath: '/dev/termination-log',
                    terminationMessagePolicy: 'File',
                    imagePullPolicy: 'IfNotPresent',
                  },
                ],
                restartPolicy: 'Always',
                terminationGracePeriodSeconds: 30,
                dnsPolicy: 'ClusterFirst',
                securityContext: {},
                schedulerName: 'default-scheduler',
              },
            },
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
          },
          status: {
            replicas: 1,
            conditions: [{ type: 'Available', status: 'True', lastUpdateTime: null, lastTransitionTime: null }],
          },
        },
      },
    },
    {
      name: 'an apply to the object leaves the status alone',
      first: [apply('ann', web)],
      send: apply('ann', { ...web, status: { replicas: 7 } }),
      want: {
        code: 200,
        body: {
          kind: 'Deployment',
          apiVersion: 'apps/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 1,
            creationTimestamp: '<time>',
            labels: { app: 'web' },
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { 'f:app': {} } },
                  'f:spec': {
                    'f:replicas': {},
                    'f:selector': {},
                    'f:template': {
                      'f:metadata': { 'f:labels': { 'f:app': {} } },
                      'f:spec': {
                        'f:containers': {
                          'k:{"name":"main"}': {
                            '.': {},
                            'f:env': { 'k:{"name":"COLOR"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                            'f:image': {},
                            'f:name': {},
                            'f:ports': {
                              'k:{"containerPort":8080,"protocol":"TCP"}': {
                                '.': {},
                                'f:containerPort': {},
                                'f:name': {},
                              },
                            },
                            'f:resources': { 'f:requests': { 'f:cpu': {}, 'f:memory': {} } },
                          },
                        },
                      },
                    },
                  },
                },
              },
            ],
          },
          spec: {
            replicas: 2,
            selector: { matchLabels: { app: 'web' } },
            template: {
              metadata: { labels: { app: 'web' } },
              spec: {
                containers: [
                  {
                    name: 'main',
                    image: 'example.com/web:1',
                    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
                    env: [{ name: 'COLOR', value: 'blue' }],
                    resources: { requests: { cpu: '100m', memory: '64Mi' } },
                    terminationMessagePath: '/dev/termination-log',
                    terminationMessagePolicy: 'File',
                    imagePullPolicy: 'IfNotPresent',
                  },
                ],
                restartPolicy: 'Always',
                terminationGracePeriodSeconds: 30,
                dnsPolicy: 'ClusterFirst',
                securityContext: {},
                schedulerName: 'default-scheduler',
              },
            },
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
          },
          status: {},
        },
      },
    },
    {
      name: 'a scale is owned by who scaled',
      first: [apply('ann', web), merge(web, { spec: { replicas: 6 } }, 'scale')],
      send: apply('ann', web),
      want: failure(
        409,
        'Conflict',
        'Apply failed with 1 conflict: conflict with "unknown" with subresource "scale" using apps/v1: .spec.replicas',
        {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "unknown" with subresource "scale" using apps/v1',
              field: '.spec.replicas',
            },
          ],
        },
      ),
    },
    {
      name: 'a scale that took the replicas over is kept when the manifest has none',
      first: [apply('ann', web), merge(web, { spec: { replicas: 6 } }, 'scale')],
      send: apply('ann', withSpec(web, { replicas: null })),
      want: failure(
        409,
        'Conflict',
        'Apply failed with 1 conflict: conflict with "unknown" with subresource "scale" using apps/v1: .spec.replicas',
        {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "unknown" with subresource "scale" using apps/v1',
              field: '.spec.replicas',
            },
          ],
        },
      ),
    },
    {
      name: 'an apply of an old version is a conflict',
      first: [apply('ann', cm({ a: '1' }))],
      send: apply('ann', withMetadata(cm({ a: '2' }), { resourceVersion: '1' })),
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on configmaps "cm": the object has been modified; please apply your changes to the latest version and try again',
        { name: 'cm', kind: 'configmaps' },
      ),
    },
    {
      name: 'an apply to a uid that is not there is a conflict',
      send: apply('ann', withMetadata(cm({ a: '2' }), { uid: '00000000-0000-0000-0000-000000000000' })),
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on configmaps "cm": uid mismatch: the provided object specified uid <uid>, and no existing object was found',
        { name: 'cm', kind: 'configmaps' },
      ),
    },
    {
      name: 'an apply with the same key twice in a list is refused',
      send: apply(
        'ann',
        withSpec(service('web'), {
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 80 },
          ],
        }),
      ),
      want: failure(
        500,
        undefined,
        'failed to create typed patch object (/web; /v1, Kind=Service): .spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
      ),
    },
    {
      name: 'an apply with a wrong type is refused',
      send: apply('ann', withSpec(web, { replicas: 'two' })),
      want: failure(
        500,
        undefined,
        'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string',
      ),
    },
    {
      name: 'an apply that breaks a rule is refused as a create is',
      send: apply('ann', withSpec(web, { replicas: -1 })),
      want: invalid(
        'Deployment.apps "web"',
        'FieldValueInvalid spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      ),
    },
    {
      name: 'managed fields are cleared by an empty entry',
      first: [apply('ann', cm({ a: '1' }))],
      send: merge(cm({}), { metadata: { managedFields: [{}] } }),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
          },
          data: { a: '1' },
        },
      },
    },
    {
      name: 'managed fields that make no sense are refused',
      first: [apply('ann', cm({ a: '1' }))],
      send: merge(cm({}), { metadata: { managedFields: [{ manager: 'x', operation: 'Wish', apiVersion: 'v1' }] } }),
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:a': {} } },
              },
            ],
          },
          data: { a: '1' },
        },
      },
    },
    {
      name: 'our client applies, meets the conflict and forces',
      run: async context => {
        const client = context.client()
        const metadata = { name: 'web', namespace: context.namespace }
        await client.apply(Deployment, { ...web, metadata }, { fieldManager: 'ann' })
        const five: Deployment = { metadata, spec: { replicas: 5 } as NonNullable<Deployment['spec']> }
        await assert.rejects(client.apply(Deployment, five, { fieldManager: 'ben' }), isConflict)
        const forced = await client.apply(Deployment, five, { fieldManager: 'ben', force: true })
        assert.equal(forced.spec?.replicas, 5)
        const owners = forced.metadata?.managedFields?.map(entry => `${entry.manager} ${entry.operation}`)
        assert.deepEqual(owners, ['ann Apply', 'ben Apply'])
      },
    },
    {
      name: 'an apply of the same keeps the version and the time of the managed fields',
      run: async context => {
        const client = context.client()
        const object = { metadata: { name: 'cm', namespace: context.namespace }, data: { a: '1' } }
        const first = await client.apply(ConfigMap, object, { fieldManager: 'ann' })
        const second = await client.apply(ConfigMap, object, { fieldManager: 'ann' })
        assert.deepEqual(second, first)
      },
    },
  ],
}
