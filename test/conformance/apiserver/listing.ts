/** Lists: their order, pages, versions and forms. */
import assert from 'node:assert/strict'
import { ConfigMap } from '../../../src/api/core/core-v1.ts'
import { failure, type Topic } from '../case.ts'
import { configMap, deployment, pod, service } from '../objects.ts'
import { pathOf } from '../requests.ts'

const maps = '/api/v1/namespaces/ns-case/configmaps'
const three = [configMap('b'), configMap('c'), configMap('a')]
const as = (form: string) => ({ accept: `application/json;as=${form};g=meta.k8s.io;v=v1` })

export const listTopic: Topic = {
  title: 'lists',
  cases: [
    {
      name: 'a list is in the order of names',
      given: three,
      send: { line: `GET ${maps}` },
      want: {
        code: 200,
        body: {
          kind: 'ConfigMapList',
          apiVersion: 'v1',
          metadata: { resourceVersion: '<version>' },
          items: [
            {
              metadata: {
                name: 'a',
                namespace: 'ns-case',
                uid: '<uid>',
                resourceVersion: '<version>',
                creationTimestamp: '<time>',
                labels: { app: 'a' },
                managedFields: [
                  {
                    manager: 'unknown',
                    operation: 'Update',
                    apiVersion: 'v1',
                    time: '<time>',
                    fieldsType: 'FieldsV1',
                    fieldsV1: {
                      'f:data': { '.': {}, 'f:color': {} },
                      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                    },
                  },
                ],
              },
              data: { color: 'blue' },
            },
            {
              metadata: {
                name: 'b',
                namespace: 'ns-case',
                uid: '<uid>',
                resourceVersion: '<version>',
                creationTimestamp: '<time>',
                labels: { app: 'b' },
                managedFields: [
                  {
                    manager: 'unknown',
                    operation: 'Update',
                    apiVersion: 'v1',
                    time: '<time>',
                    fieldsType: 'FieldsV1',
                    fieldsV1: {
                      'f:data': { '.': {}, 'f:color': {} },
                      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                    },
                  },
                ],
              },
              data: { color: 'blue' },
            },
            {
              metadata: {
                name: 'c',
                namespace: 'ns-case',
                uid: '<uid>',
                resourceVersion: '<version>',
                creationTimestamp: '<time>',
                labels: { app: 'c' },
                managedFields: [
                  {
                    manager: 'unknown',
                    operation: 'Update',
                    apiVersion: 'v1',
                    time: '<time>',
                    fieldsType: 'FieldsV1',
                    fieldsV1: {
                      'f:data': { '.': {}, 'f:color': {} },
                      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                    },
                  },
                ],
              },
              data: { color: 'blue' },
            },
          ],
        },
      },
    },
    {
      name: 'an empty list has no items',
      send: { line: `GET ${maps}` },
      want: {
        code: 200,
        body: { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '<version>' }, items: [] },
      },
    },
    {
      name: 'a list selects by label and field at once',
      given: three,
      send: { line: `GET ${maps}?labelSelector=app%20in%20(a,b)&fieldSelector=metadata.name%3Db` },
      want: {
        code: 200,
        body: {
          kind: 'ConfigMapList',
          apiVersion: 'v1',
          metadata: { resourceVersion: '<version>' },
          items: [
            {
              metadata: {
                name: 'b',
                namespace: 'ns-case',
                uid: '<uid>',
                resourceVersion: '<version>',
                creationTimestamp: '<time>',
                labels: { app: 'b' },
                managedFields: [
                  {
                    manager: 'unknown',
                    operation: 'Update',
                    apiVersion: 'v1',
                    time: '<time>',
                    fieldsType: 'FieldsV1',
                    fieldsV1: {
                      'f:data': { '.': {}, 'f:color': {} },
                      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                    },
                  },
                ],
              },
              data: { color: 'blue' },
            },
          ],
        },
      },
    },
    {
      name: 'a field selector that excludes is understood',
      given: [configMap('a'), configMap('b')],
      send: { line: `GET ${maps}?fieldSelector=metadata.name!%3Db` },
      want: {
        code: 200,
        body: {
          kind: 'ConfigMapList',
          apiVersion: 'v1',
          metadata: { resourceVersion: '<version>' },
          items: [
            {
              metadata: {
                name: 'a',
                namespace: 'ns-case',
                uid: '<uid>',
                resourceVersion: '<version>',
                creationTimestamp: '<time>',
                labels: { app: 'a' },
                managedFields: [
                  {
                    manager: 'unknown',
                    operation: 'Update',
                    apiVersion: 'v1',
                    time: '<time>',
                    fieldsType: 'FieldsV1',
                    fieldsV1: {
                      'f:data': { '.': {}, 'f:color': {} },
                      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                    },
                  },
                ],
              },
              data: { color: 'blue' },
            },
          ],
        },
      },
    },
    {
      name: 'a list as a table has rows with partial objects',
      given: [configMap('a')],
      send: { line: `GET ${maps}`, headers: as('Table') },
      want: {
        code: 200,
        body: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: '<version>' },
          columnDefinitions: [
            { name: 'Name', type: 'string', format: 'name', description: '<text>', priority: 0 },
            { name: 'Data', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Age', type: 'string', format: '', description: '<text>', priority: 0 },
          ],
          rows: [
            {
              cells: ['a', 1, '0s'],
              object: {
                kind: 'PartialObjectMetadata',
                apiVersion: 'meta.k8s.io/v1',
                metadata: {
                  name: 'a',
                  namespace: 'ns-case',
                  uid: '<uid>',
                  resourceVersion: '<version>',
                  creationTimestamp: '<time>',
                  labels: { app: 'a' },
                  managedFields: [
                    {
                      manager: 'unknown',
                      operation: 'Update',
                      apiVersion: 'v1',
                      time: '<time>',
                      fieldsType: 'FieldsV1',
                      fieldsV1: {
                        'f:data': { '.': {}, 'f:color': {} },
                        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                      },
                    },
                  ],
                },
              },
            },
          ],
        },
      },
    },
    {
      name: 'a table of one object',
      given: [deployment('web')],
      send: { line: `GET ${pathOf(deployment('web'))}`, headers: as('Table') },
      want: {
        code: 200,
        body: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: '<version>' },
          columnDefinitions: [
            { name: 'Name', type: 'string', format: 'name', description: '<text>', priority: 0 },
            { name: 'Ready', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Up-to-date', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Available', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Age', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Containers', type: 'string', format: '', description: '<text>', priority: 1 },
            { name: 'Images', type: 'string', format: '', description: '<text>', priority: 1 },
            { name: 'Selector', type: 'string', format: '', description: '<text>', priority: 1 },
          ],
          rows: [
            {
              cells: ['web', '0/2', 0, 0, '0s', 'main', 'example.com/web:1', 'app=web'],
              object: {
                kind: 'PartialObjectMetadata',
                apiVersion: 'meta.k8s.io/v1',
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
                      manager: 'unknown',
                      operation: 'Update',
                      apiVersion: 'apps/v1',
                      time: '<time>',
                      fieldsType: 'FieldsV1',
                      fieldsV1: {
                        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                        'f:spec': {
                          'f:progressDeadlineSeconds': {},
                          'f:replicas': {},
                          'f:revisionHistoryLimit': {},
                          'f:selector': {},
                          'f:strategy': {
                            'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} },
                            'f:type': {},
                          },
                          'f:template': {
                            'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                            'f:spec': {
                              'f:containers': {
                                'k:{"name":"main"}': {
                                  '.': {},
                                  'f:env': { '.': {}, 'k:{"name":"COLOR"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                                  'f:image': {},
                                  'f:imagePullPolicy': {},
                                  'f:name': {},
                                  'f:ports': {
                                    '.': {},
                                    'k:{"containerPort":8080,"protocol":"TCP"}': {
                                      '.': {},
                                      'f:containerPort': {},
                                      'f:name': {},
                                      'f:protocol': {},
                                    },
                                  },
                                  'f:resources': { '.': {}, 'f:requests': { '.': {}, 'f:cpu': {}, 'f:memory': {} } },
                                  'f:terminationMessagePath': {},
                                  'f:terminationMessagePolicy': {},
                                },
                              },
                              'f:dnsPolicy': {},
                              'f:restartPolicy': {},
                              'f:schedulerName': {},
                              'f:securityContext': {},
                              'f:terminationGracePeriodSeconds': {},
                            },
                          },
                        },
                      },
                    },
                  ],
                },
              },
            },
          ],
        },
      },
    },
    {
      name: 'a table without objects',
      given: [service('web')],
      send: { line: 'GET /api/v1/namespaces/ns-case/services?includeObject=None', headers: as('Table') },
      want: {
        code: 200,
        body: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: '<version>' },
          columnDefinitions: [
            { name: 'Name', type: 'string', format: 'name', description: '<text>', priority: 0 },
            { name: 'Type', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Cluster-IP', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'External-IP', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Port(s)', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Age', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Selector', type: 'string', format: '', description: '<text>', priority: 1 },
          ],
          rows: [{ cells: ['web', 'ClusterIP', 'None', '<none>', '80/TCP', '0s', 'app=web'], object: null }],
        },
      },
    },
    {
      name: 'a table with whole objects',
      given: [configMap('a')],
      send: { line: `GET ${maps}?includeObject=Object`, headers: as('Table') },
      want: {
        code: 200,
        body: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: '<version>' },
          columnDefinitions: [
            { name: 'Name', type: 'string', format: 'name', description: '<text>', priority: 0 },
            { name: 'Data', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Age', type: 'string', format: '', description: '<text>', priority: 0 },
          ],
          rows: [
            {
              cells: ['a', 1, '0s'],
              object: {
                kind: 'ConfigMap',
                apiVersion: 'v1',
                metadata: {
                  name: 'a',
                  namespace: 'ns-case',
                  uid: '<uid>',
                  resourceVersion: '<version>',
                  creationTimestamp: '<time>',
                  labels: { app: 'a' },
                  managedFields: [
                    {
                      manager: 'unknown',
                      operation: 'Update',
                      apiVersion: 'v1',
                      time: '<time>',
                      fieldsType: 'FieldsV1',
                      fieldsV1: {
                        'f:data': { '.': {}, 'f:color': {} },
                        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                      },
                    },
                  ],
                },
                data: { color: 'blue' },
              },
            },
          ],
        },
      },
    },
    {
      name: 'a table of Pods names all its columns',
      given: [pod('one')],
      send: { line: 'GET /api/v1/namespaces/ns-case/pods', headers: as('Table') },
      want: {
        code: 200,
        body: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: '<version>' },
          columnDefinitions: [
            { name: 'Name', type: 'string', format: 'name', description: '<text>', priority: 0 },
            { name: 'Ready', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Status', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Restarts', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Age', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'IP', type: 'string', format: '', description: '<text>', priority: 1 },
            { name: 'Node', type: 'string', format: '', description: '<text>', priority: 1 },
            { name: 'Nominated Node', type: 'string', format: '', description: '<text>', priority: 1 },
            { name: 'Readiness Gates', type: 'string', format: '', description: '<text>', priority: 1 },
          ],
          rows: [
            {
              cells: ['one', '0/1', 'Pending', '0', '0s', '<none>', '<none>', '<none>', '<none>'],
              object: {
                kind: 'PartialObjectMetadata',
                apiVersion: 'meta.k8s.io/v1',
                metadata: {
                  name: 'one',
                  namespace: 'ns-case',
                  uid: '<uid>',
                  resourceVersion: '<version>',
                  generation: 1,
                  creationTimestamp: '<time>',
                  labels: { app: 'one' },
                  managedFields: [
                    {
                      manager: 'unknown',
                      operation: 'Update',
                      apiVersion: 'v1',
                      time: '<time>',
                      fieldsType: 'FieldsV1',
                      fieldsV1: {
                        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                        'f:spec': {
                          'f:containers': {
                            'k:{"name":"main"}': {
                              '.': {},
                              'f:image': {},
                              'f:imagePullPolicy': {},
                              'f:name': {},
                              'f:resources': {},
                              'f:terminationMessagePath': {},
                              'f:terminationMessagePolicy': {},
                            },
                          },
                          'f:dnsPolicy': {},
                          'f:enableServiceLinks': {},
                          'f:restartPolicy': {},
                          'f:schedulerName': {},
                          'f:securityContext': {},
                          'f:terminationGracePeriodSeconds': {},
                        },
                      },
                    },
                  ],
                },
              },
            },
          ],
        },
      },
    },
    {
      name: 'a scale as a table',
      given: [deployment('web')],
      send: { line: `GET ${pathOf(deployment('web'))}/scale`, headers: as('Table') },
      want: {
        code: 200,
        body: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: '<version>' },
          columnDefinitions: [
            { name: 'Name', type: 'string', format: '', description: '<text>', priority: 0 },
            { name: 'Desired', type: 'integer', format: '', description: '<text>', priority: 0 },
            { name: 'Available', type: 'integer', format: '', description: '<text>', priority: 0 },
            { name: 'Age', type: 'string', format: '', description: '<text>', priority: 0 },
          ],
          rows: [
            {
              cells: ['web', 2, 0, '0s'],
              object: {
                kind: 'PartialObjectMetadata',
                apiVersion: 'meta.k8s.io/v1',
                metadata: {
                  name: 'web',
                  namespace: 'ns-case',
                  uid: '<uid>',
                  resourceVersion: '<version>',
                  creationTimestamp: '<time>',
                },
              },
            },
          ],
        },
      },
    },
    {
      name: 'an answer of 404 is no table',
      send: { line: `GET ${maps}/none`, headers: as('Table') },
      want: failure(404, 'NotFound', 'configmaps "none" not found', { name: 'none', kind: 'configmaps' }),
    },
    {
      name: 'a list of metadata alone',
      given: [configMap('a')],
      send: { line: `GET ${maps}`, headers: as('PartialObjectMetadataList') },
      want: {
        code: 200,
        body: {
          kind: 'PartialObjectMetadataList',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: '<version>' },
          items: [
            {
              kind: 'PartialObjectMetadata',
              apiVersion: 'meta.k8s.io/v1',
              metadata: {
                name: 'a',
                namespace: 'ns-case',
                uid: '<uid>',
                resourceVersion: '<version>',
                creationTimestamp: '<time>',
                labels: { app: 'a' },
                managedFields: [
                  {
                    manager: 'unknown',
                    operation: 'Update',
                    apiVersion: 'v1',
                    time: '<time>',
                    fieldsType: 'FieldsV1',
                    fieldsV1: {
                      'f:data': { '.': {}, 'f:color': {} },
                      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                    },
                  },
                ],
              },
            },
          ],
        },
      },
    },
    {
      name: 'the metadata of one object alone',
      given: [configMap('a')],
      send: { line: `GET ${maps}/a`, headers: as('PartialObjectMetadata') },
      want: {
        code: 200,
        body: {
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: {
            name: 'a',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            labels: { app: 'a' },
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                },
              },
            ],
          },
        },
      },
    },
    {
      name: 'a form that does not exist is not acceptable',
      send: { line: `GET ${maps}`, headers: as('Poem') },
      want: failure(
        406,
        'NotAcceptable',
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      ),
    },
    {
      name: 'pages hold what was there when the first was read',
      run: async context => {
        for (const object of three) await context.create(object)
        const client = context.client()
        const { namespace } = context
        const first = await client.list(ConfigMap, { namespace, limit: 2, onePage: true })
        assert.deepEqual(
          first.items.map(item => item.metadata?.name),
          ['a', 'b'],
        )
        assert.equal(first.remainingItemCount, 1)
        await context.create(configMap('d'))
        await client.delete(ConfigMap, { name: 'c', namespace })
        const second = await client.list(ConfigMap, {
          namespace,
          limit: 2,
          onePage: true,
          continue: first.continue ?? '',
        })
        assert.deepEqual(
          second.items.map(item => item.metadata?.name),
          ['c'],
        )
        assert.equal(second.resourceVersion, first.resourceVersion)
        assert.equal(second.continue, undefined)
        assert.equal(second.remainingItemCount, undefined)
      },
    },
    {
      name: 'a selector leaves out how many are left',
      run: async context => {
        for (const object of three) await context.create(object)
        const page = await context
          .client()
          .list(ConfigMap, { namespace: context.namespace, limit: 1, onePage: true, labelSelector: 'app' })
        assert.equal(page.items.length, 1)
        assert.equal(page.remainingItemCount, undefined)
        assert.ok(page.continue)
      },
    },
    {
      name: 'the client follows pages to the end',
      run: async context => {
        const names = Array.from({ length: 23 }, (_, index) => `m${String(index).padStart(2, '0')}`)
        for (const name of names) await context.create(configMap(name))
        const all = await context.client().list(ConfigMap, { namespace: context.namespace, limit: 5 })
        assert.deepEqual(
          all.items.map(item => item.metadata?.name),
          names,
        )
      },
    },
    {
      name: 'an exact version of the past is listed as it was',
      run: async context => {
        await context.create(configMap('a'))
        const client = context.client()
        const { namespace } = context
        const before = await client.list(ConfigMap, { namespace })
        await context.create(configMap('b'))
        const { resourceVersion } = before
        const past = await client.list(ConfigMap, { namespace, resourceVersion, resourceVersionMatch: 'Exact' })
        assert.deepEqual(
          past.items.map(item => item.metadata?.name),
          ['a'],
        )
        assert.equal(past.resourceVersion, resourceVersion)
        const now = await client.list(ConfigMap, { namespace, resourceVersion, resourceVersionMatch: 'NotOlderThan' })
        assert.deepEqual(
          now.items.map(item => item.metadata?.name),
          ['a', 'b'],
        )
      },
    },
    {
      name: 'version zero and no version see what was written before',
      run: async context => {
        await context.create(configMap('a'))
        const client = context.client()
        const fresh = await client.list(ConfigMap, { namespace: context.namespace })
        assert.deepEqual(
          fresh.items.map(item => item.metadata?.name),
          ['a'],
        )
        const cached = await client.list(ConfigMap, { namespace: context.namespace, resourceVersion: '0' })
        assert.deepEqual(
          cached.items.map(item => item.metadata?.name),
          ['a'],
        )
      },
    },
    {
      name: 'a continue token whose version is gone has expired',
      run: async context => {
        for (const object of three) await context.create(object)
        const page = (await context.send({ line: `GET ${maps}?limit=1` })).body as { metadata: { continue: string } }
        // Both servers write the version into their token; the first one is gone.
        const token = JSON.parse(Buffer.from(page.metadata.continue, 'base64url').toString())
        const old = Buffer.from(JSON.stringify({ ...token, rv: 1 })).toString('base64url')
        const answer = await context.exchange({ line: `GET ${maps}?limit=1&continue=${old}` })
        const { metadata, ...status } = answer.body as { metadata: { continue?: string } }
        assert.deepEqual(status, {
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          message:
            'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
          reason: 'Expired',
          code: 410,
        })
        // The token goes on with what is there now.
        const next = await context.send({ line: `GET ${maps}?limit=1&continue=${metadata.continue}` })
        assert.equal(next.code, 200)
        assert.deepEqual((next.body as { items: { metadata: { name: string } }[] }).items[0]?.metadata.name, 'b')
      },
    },
  ],
}
