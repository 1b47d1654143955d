/** What holds for every write: versions, generations, subresources, dry runs, deletions. */
import assert from 'node:assert/strict'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { ConfigMap, Namespace } from '../../../src/api/core/core-v1.ts'
import type { JsonObject, KubernetesObject } from '../../../src/apimachinery/meta.ts'
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../../../src/runtime/client.ts'
import { failure, invalid, type Topic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { configMap, deployment, pod, service } from '../objects.ts'
import { create, merge, pathOf, withMetadata } from '../requests.ts'

const web = deployment('web')
const cm = configMap('cm')
const deletion = (more: JsonObject) => ({ kind: 'DeleteOptions', apiVersion: 'v1', ...more })
const held = withMetadata(cm, { finalizers: ['example.com/hold'] })

/** Sends a request that succeeds and gives the object of the answer. */
async function done(context: CaseContext, exchange: Parameters<CaseContext['send']>[0]): Promise<KubernetesObject> {
  const answer = await context.send(exchange)
  assert.ok(answer.code < 300, `${exchange.line}: ${JSON.stringify(answer.body)}`)
  return answer.body as unknown as KubernetesObject
}

function versionOf(object: KubernetesObject): bigint {
  return BigInt(object.metadata?.resourceVersion ?? '0')
}

export const writeRules: Topic = {
  title: 'rules of every write',
  cases: [
    {
      name: 'a ConfigMap is stored as it is, with its metadata filled in',
      send: create(cm),
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
            labels: { app: 'cm' },
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
    },
    {
      name: 'a Deployment is stored with its defaults',
      send: create(web),
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
      name: 'a Pod is stored with its defaults, and waits',
      send: create(pod('one')),
      want: {
        code: 201,
        body: {
          kind: 'Pod',
          apiVersion: 'v1',
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
          spec: {
            containers: [
              {
                name: 'main',
                image: 'example.com/web:1',
                resources: {},
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
            tolerations: [
              { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
              {
                key: 'node.kubernetes.io/unreachable',
                operator: 'Exists',
                effect: 'NoExecute',
                tolerationSeconds: 300,
              },
            ],
            priority: 0,
            enableServiceLinks: true,
            preemptionPolicy: 'PreemptLowerPriority',
          },
          status: { phase: 'Pending', qosClass: 'BestEffort' },
        },
      },
    },
    {
      name: 'a headless Service is stored with its defaults',
      send: create(service('web')),
      want: {
        code: 201,
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
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                  'f:spec': {
                    'f:clusterIP': {},
                    'f:internalTrafficPolicy': {},
                    'f:ports': {
                      '.': {},
                      'k:{"port":80,"protocol":"TCP"}': {
                        '.': {},
                        'f:name': {},
                        'f:port': {},
                        'f:protocol': {},
                        'f:targetPort': {},
                      },
                    },
                    'f:selector': {},
                    'f:sessionAffinity': {},
                    'f:type': {},
                  },
                },
              },
            ],
          },
          spec: {
            ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' }],
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
      name: 'a Namespace is active at once and labelled with its name',
      send: create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns-case-a' } }),
      want: {
        code: 201,
        body: {
          kind: 'Namespace',
          apiVersion: 'v1',
          metadata: {
            name: 'ns-case-a',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            labels: { 'kubernetes.io/metadata.name': 'ns-case-a' },
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:kubernetes.io/metadata.name': {} } } },
              },
            ],
          },
          spec: { finalizers: ['kubernetes'] },
          status: { phase: 'Active' },
        },
      },
    },
    {
      name: 'text of a Secret is stored as data',
      send: create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's' },
        stringData: { a: 'b' },
        data: { c: 'ZA==' },
      }),
      want: {
        code: 201,
        body: {
          kind: 'Secret',
          apiVersion: 'v1',
          metadata: {
            name: 's',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { '.': {}, 'f:a': {}, 'f:c': {} }, 'f:type': {} },
              },
            ],
          },
          data: { a: 'Yg==', c: 'ZA==' },
          type: 'Opaque',
        },
      },
    },
    {
      name: 'a status that is created with the object is dropped',
      send: create({ ...web, status: { replicas: 5, observedGeneration: 9 } }),
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
      name: 'a generation that is created with the object is dropped',
      send: create(withMetadata(web, { generation: 9, uid: 'mine', selfLink: '/x' })),
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
      name: 'a body in YAML is read and answered in JSON',
      send: {
        line: 'POST /api/v1/namespaces/ns-case/configmaps',
        body: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm\ndata:\n  a: "1"\n',
        headers: { 'content-type': 'application/yaml' },
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
                manager: 'unknown',
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
      name: 'an answer in YAML is given when asked for',
      given: [cm],
      send: { line: `GET ${pathOf(cm)}`, headers: { accept: 'application/yaml' } },
      want: {
        code: 200,
        body: 'apiVersion: v1\ndata:\n  color: blue\nkind: ConfigMap\nmetadata:\n  creationTimestamp: "<time>"\n  labels:\n    app: cm\n  managedFields:\n  - apiVersion: v1\n    fieldsType: FieldsV1\n    fieldsV1:\n      f:data:\n        .: {}\n        f:color: {}\n      f:metadata:\n        f:labels:\n          .: {}\n          f:app: {}\n    manager: unknown\n    operation: Update\n    time: "<time>"\n  name: cm\n  namespace: ns-case\n  resourceVersion: "<version>"\n  uid: <uid>\n',
      },
    },
    {
      name: 'a dry run answers with the object and stores nothing',
      run: async context => {
        const client = context.client()
        const type = ConfigMap
        const made = await client.create(
          type,
          { metadata: { name: 'cm', namespace: context.namespace } },
          { dryRun: true },
        )
        assert.equal(made.metadata?.name, 'cm')
        assert.notEqual(made.metadata?.uid, undefined)
        assert.equal(made.metadata?.resourceVersion, undefined)
        await assert.rejects(client.fetch(type, { name: 'cm', namespace: context.namespace }), isNotFound)
      },
    },
    {
      name: 'a dry run of an update, a patch and a deletion stores nothing',
      run: async context => {
        const client = context.client()
        const ref = { name: 'cm', namespace: context.namespace }
        const made = await context.create(cm)
        await client.patch(ConfigMap, ref, { type: 'merge', body: { data: { color: 'red' } } }, { dryRun: true })
        await client.update(ConfigMap, { metadata: ref, data: { color: 'red' } }, { dryRun: true })
        await client.delete(ConfigMap, ref, { dryRun: true })
        assert.deepEqual(await client.fetch(ConfigMap, ref), made)
      },
    },
    {
      name: 'a generated name keeps its prefix and is new each time',
      run: async context => {
        const names = new Set<string>()
        for (let round = 0; round < 5; round++) {
          const made = await context.create({ ...cm, metadata: { generateName: 'some-' } })
          assert.match(made.metadata?.name ?? '', /^some-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
          assert.equal(made.metadata?.generateName, 'some-')
          names.add(made.metadata?.name ?? '')
        }
        assert.equal(names.size, 5)
      },
    },
    {
      name: 'a generated name is cut to fit',
      run: async context => {
        const made = await context.create({ ...cm, metadata: { generateName: 'n'.repeat(70) } })
        assert.match(made.metadata?.name ?? '', /^n{58}[a-z0-9]{5}$/)
      },
    },
    {
      name: 'versions rise over all objects, and a deleted name comes back with a new uid',
      run: async context => {
        const first = await context.create(configMap('a'))
        const second = await context.create(configMap('b'))
        assert.ok(versionOf(second) > versionOf(first))
        await done(context, { line: `DELETE ${pathOf(configMap('a'))}` })
        const third = await context.create(configMap('a'))
        assert.ok(versionOf(third) > versionOf(second) + 1n)
        assert.notEqual(third.metadata?.uid, first.metadata?.uid)
      },
    },
    {
      name: 'a write that changes nothing keeps the version',
      run: async context => {
        const made = await context.create(web)
        const put = await done(context, { line: `PUT ${pathOf(web)}`, body: JSON.stringify(made) })
        assert.equal(versionOf(put), versionOf(made))
        const patched = await done(context, merge(web, { spec: { replicas: 2 } }))
        assert.equal(versionOf(patched), versionOf(made))
        assert.deepEqual(patched, made)
      },
    },
    {
      name: 'the generation rises with the spec alone',
      run: async context => {
        const generationAfter = async (patch: JsonObject, subresource?: 'status' | 'scale') => {
          await done(context, merge(web, patch, subresource))
          return (await done(context, { line: `GET ${pathOf(web)}` })).metadata?.generation
        }
        assert.equal((await context.create(web)).metadata?.generation, 1)
        assert.equal(await generationAfter({ metadata: { labels: { a: 'b' } } }), 1)
        assert.equal(await generationAfter({ status: { replicas: 1 } }, 'status'), 1)
        assert.equal(await generationAfter({ spec: { paused: true } }), 2)
        assert.equal(await generationAfter({ spec: { replicas: 5 } }, 'scale'), 3)
        assert.equal(await generationAfter({ metadata: { generation: 70 } }), 3)
      },
    },
    {
      name: 'an update of an object that has changed since is a conflict that the client knows',
      run: async context => {
        const client = context.client()
        const ref = { name: 'cm', namespace: context.namespace }
        await context.create(cm)
        const old = await client.fetch(ConfigMap, ref)
        await client.update(ConfigMap, { ...old, data: { color: 'red' } })
        await assert.rejects(client.update(ConfigMap, { ...old, data: { color: 'green' } }), isConflict)
        assert.deepEqual((await client.fetch(ConfigMap, ref)).data, { color: 'red' })
      },
    },
    {
      name: 'the client tells what is there already and what is not',
      run: async context => {
        const client = context.client()
        await context.create(cm)
        const again = { metadata: { name: 'cm', namespace: context.namespace } }
        await assert.rejects(client.create(ConfigMap, again), isAlreadyExists)
        const none = { name: 'none', namespace: context.namespace }
        assert.equal(await client.fetchIfExists(ConfigMap, none), undefined)
        await assert.rejects(client.fetch(ConfigMap, none), isNotFound)
        await assert.rejects(
          client.create(Namespace, { metadata: { name: 'Not A Name' } }),
          (error: unknown) => error instanceof ApiError && error.code === 422 && error.reason === 'Invalid',
        )
      },
    },
    {
      name: 'concurrent patches of one object are all kept',
      run: async context => {
        await context.create(cm)
        const keys = Array.from({ length: 12 }, (_, index) => `k${index}`)
        await Promise.all(keys.map(key => done(context, merge(cm, { data: { [key]: 'x' } }))))
        const { data } = (await done(context, { line: `GET ${pathOf(cm)}` })) as ConfigMap
        assert.deepEqual(Object.keys(data ?? {}).sort(), ['color', ...keys].sort())
      },
    },
  ],
}

export const subresourceRules: Topic = {
  title: 'subresources',
  cases: [
    {
      name: 'the scale of a Deployment',
      given: [web],
      send: { line: `GET ${pathOf(web)}/scale` },
      want: {
        code: 200,
        body: {
          kind: 'Scale',
          apiVersion: 'autoscaling/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
          },
          spec: { replicas: 2 },
          status: { replicas: 0, selector: 'app=web' },
        },
      },
    },
    {
      name: 'the scale of a ReplicaSet',
      given: [{ ...web, kind: 'ReplicaSet' }],
      send: { line: 'GET /apis/apps/v1/namespaces/ns-case/replicasets/web/scale' },
      want: {
        code: 200,
        body: {
          kind: 'Scale',
          apiVersion: 'autoscaling/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
          },
          spec: { replicas: 2 },
          status: { replicas: 0, selector: 'app=web' },
        },
      },
    },
    {
      name: 'a scale is replaced',
      given: [web],
      send: {
        line: `PUT ${pathOf(web)}/scale`,
        body: {
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          metadata: { name: 'web', namespace: 'ns-case' },
          spec: { replicas: 7 },
        },
      },
      want: {
        code: 200,
        body: {
          kind: 'Scale',
          apiVersion: 'autoscaling/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
          },
          spec: { replicas: 7 },
          status: { replicas: 0, selector: 'app=web' },
        },
      },
    },
    {
      name: 'a scale of another version is a conflict',
      given: [web],
      send: {
        line: `PUT ${pathOf(web)}/scale`,
        body: {
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          metadata: { name: 'web', namespace: 'ns-case', resourceVersion: '1' },
          spec: { replicas: 7 },
        },
      },
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
        { name: 'web', group: 'apps', kind: 'deployments' },
      ),
    },
    {
      name: 'a scale is patched by merge, and answers with the scale',
      given: [web],
      send: merge(web, { spec: { replicas: 4 } }, 'scale'),
      want: {
        code: 200,
        body: {
          kind: 'Scale',
          apiVersion: 'autoscaling/v1',
          metadata: {
            name: 'web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
          },
          spec: { replicas: 4 },
          status: { replicas: 0, selector: 'app=web' },
        },
      },
    },
    {
      name: 'the status is written without the spec',
      given: [web],
      send: merge(
        web,
        {
          metadata: { annotations: { a: 'b' }, labels: { c: 'd' } },
          spec: { replicas: 9 },
          status: { replicas: 2, readyReplicas: 1, observedGeneration: 1 },
        },
        'status',
      ),
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
            annotations: { a: 'b' },
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
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:annotations': { '.': {}, 'f:a': {} } },
                  'f:status': { 'f:observedGeneration': {}, 'f:readyReplicas': {}, 'f:replicas': {} },
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
          status: { observedGeneration: 1, replicas: 2, readyReplicas: 1 },
        },
      },
    },
    {
      name: 'the object is written without the status',
      given: [web],
      first: [merge(web, { status: { replicas: 2 } }, 'status')],
      send: merge(web, { spec: { replicas: 3 }, status: { replicas: 9 } }),
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
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:status': { 'f:replicas': {} } },
                subresource: 'status',
              },
            ],
          },
          spec: {
            replicas: 3,
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
          status: { replicas: 2 },
        },
      },
    },
    {
      name: 'the status is replaced as a whole',
      given: [web],
      first: [merge(web, { status: { replicas: 2, readyReplicas: 1 } }, 'status')],
      send: { line: `PUT ${pathOf(web)}/status`, body: { ...web, status: { replicas: 1 } } },
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
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'apps/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:status': { 'f:replicas': {} } },
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
          status: { replicas: 1 },
        },
      },
    },
    {
      name: 'a Pod is bound to a node once',
      given: [pod('one')],
      first: [
        {
          line: `POST ${pathOf(pod('one'))}/binding`,
          body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'one' }, target: { kind: 'Node', name: 'n1' } },
        },
      ],
      send: {
        line: `POST ${pathOf(pod('one'))}/binding`,
        body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'one' }, target: { kind: 'Node', name: 'n2' } },
      },
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on pods/binding "one": pod one is already assigned to node "n1"',
        { name: 'one', kind: 'pods/binding' },
      ),
    },
    {
      name: 'a Pod is evicted',
      given: [pod('one')],
      send: {
        line: `POST ${pathOf(pod('one'))}/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'one' } },
      },
      want: { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } },
    },
    {
      name: 'an eviction that a disruption budget forbids has to wait',
      given: [
        pod('one'),
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'all' },
          spec: { minAvailable: 1, selector: { matchLabels: { app: 'one' } } },
        },
      ],
      first: [
        merge(pod('one'), { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }, 'status'),
      ],
      send: {
        line: `POST ${pathOf(pod('one'))}/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'one' } },
      },
      want: failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
        causes: [
          { reason: 'DisruptionBudget', message: 'The disruption budget all is still being processed by the server.' },
        ],
        retryAfterSeconds: 10,
      }),
    },
    {
      name: 'the log of a Pod that no node has is empty',
      given: [pod('one')],
      send: { line: `GET ${pathOf(pod('one'))}/log` },
      want: { code: 204, body: '' },
    },
    {
      name: 'a patch cannot remove the finalizer of a namespace',
      send: merge({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns-case' } }, { spec: { finalizers: [] } }),
      want: {
        code: 200,
        body: {
          kind: 'Namespace',
          apiVersion: 'v1',
          metadata: {
            name: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            labels: { 'kubernetes.io/metadata.name': 'ns-case' },
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:kubernetes.io/metadata.name': {} } } },
              },
            ],
          },
          spec: { finalizers: ['kubernetes'] },
          status: { phase: 'Active' },
        },
      },
    },
    {
      name: 'an access review says yes to an administrator',
      send: {
        line: 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { namespace: 'ns-case', verb: 'get', resource: 'pods' } },
        },
      },
      want: {
        code: 201,
        body: {
          kind: 'SelfSubjectAccessReview',
          apiVersion: 'authorization.k8s.io/v1',
          metadata: {
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'authorization.k8s.io/v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:spec': { 'f:resourceAttributes': { '.': {}, 'f:namespace': {}, 'f:resource': {}, 'f:verb': {} } },
                },
              },
            ],
          },
          spec: { resourceAttributes: { namespace: 'ns-case', verb: 'get', resource: 'pods' } },
          status: { allowed: true },
        },
      },
    },
  ],
}

export const deletionRules: Topic = {
  title: 'deletions and finalizers',
  cases: [
    {
      name: 'a deletion answers with success and what it deleted',
      given: [cm],
      send: { line: `DELETE ${pathOf(cm)}` },
      want: {
        code: 200,
        body: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Success',
          details: { name: 'cm', kind: 'configmaps', uid: '<uid>' },
        },
      },
    },
    {
      name: 'a deletion of a Deployment answers with success',
      given: [web],
      send: { line: `DELETE ${pathOf(web)}` },
      want: {
        code: 200,
        body: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Success',
          details: { name: 'web', group: 'apps', kind: 'deployments', uid: '<uid>' },
        },
      },
    },
    {
      name: 'a deletion of a Pod answers with the Pod',
      given: [pod('one')],
      send: { line: `DELETE ${pathOf(pod('one'))}` },
      want: {
        code: 200,
        body: {
          kind: 'Pod',
          apiVersion: 'v1',
          metadata: {
            name: 'one',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 2,
            creationTimestamp: '<time>',
            deletionTimestamp: '<time>',
            deletionGracePeriodSeconds: 0,
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
          spec: {
            containers: [
              {
                name: 'main',
                image: 'example.com/web:1',
                resources: {},
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
            tolerations: [
              { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
              {
                key: 'node.kubernetes.io/unreachable',
                operator: 'Exists',
                effect: 'NoExecute',
                tolerationSeconds: 300,
              },
            ],
            priority: 0,
            enableServiceLinks: true,
            preemptionPolicy: 'PreemptLowerPriority',
          },
          status: { phase: 'Pending', qosClass: 'BestEffort' },
        },
      },
    },
    {
      name: 'a deletion of a Service answers with success',
      given: [service('web')],
      send: { line: `DELETE ${pathOf(service('web'))}` },
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
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                  'f:spec': {
                    'f:clusterIP': {},
                    'f:internalTrafficPolicy': {},
                    'f:ports': {
                      '.': {},
                      'k:{"port":80,"protocol":"TCP"}': {
                        '.': {},
                        'f:name': {},
                        'f:port': {},
                        'f:protocol': {},
                        'f:targetPort': {},
                      },
                    },
                    'f:selector': {},
                    'f:sessionAffinity': {},
                    'f:type': {},
                  },
                },
              },
            ],
          },
          spec: {
            ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' }],
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
      name: 'a deletion of what has a finalizer answers with the object',
      given: [held],
      send: { line: `DELETE ${pathOf(cm)}` },
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
            deletionTimestamp: '<time>',
            deletionGracePeriodSeconds: 0,
            labels: { app: 'cm' },
            finalizers: ['example.com/hold'],
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': {
                    'f:finalizers': { '.': {}, 'v:"example.com/hold"': {} },
                    'f:labels': { '.': {}, 'f:app': {} },
                  },
                },
              },
            ],
          },
          data: { color: 'blue' },
        },
      },
    },
    {
      name: 'a deletion in the foreground waits by a finalizer',
      given: [held],
      send: { line: `DELETE ${pathOf(cm)}`, body: deletion({ propagationPolicy: 'Foreground' }) },
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
            deletionTimestamp: '<time>',
            deletionGracePeriodSeconds: 0,
            labels: { app: 'cm' },
            finalizers: ['example.com/hold', 'foregroundDeletion'],
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': {
                    'f:finalizers': { '.': {}, 'v:"example.com/hold"': {} },
                    'f:labels': { '.': {}, 'f:app': {} },
                  },
                },
              },
            ],
          },
          data: { color: 'blue' },
        },
      },
    },
    {
      name: 'a deletion that leaves orphans waits by a finalizer',
      given: [held],
      send: { line: `DELETE ${pathOf(cm)}?propagationPolicy=Orphan` },
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
            deletionTimestamp: '<time>',
            deletionGracePeriodSeconds: 0,
            labels: { app: 'cm' },
            finalizers: ['example.com/hold', 'orphan'],
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': {
                    'f:finalizers': { '.': {}, 'v:"example.com/hold"': {} },
                    'f:labels': { '.': {}, 'f:app': {} },
                  },
                },
              },
            ],
          },
          data: { color: 'blue' },
        },
      },
    },
    {
      name: 'a deletion with options in YAML is understood',
      given: [cm],
      send: {
        line: `DELETE ${pathOf(cm)}`,
        body: 'kind: DeleteOptions\napiVersion: v1\ndryRun: [All]\n',
        headers: { 'content-type': 'application/yaml' },
      },
      want: {
        code: 200,
        body: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Success',
          details: { name: 'cm', kind: 'configmaps', uid: '<uid>' },
        },
      },
    },
    {
      name: 'a second deletion changes nothing',
      given: [held],
      first: [{ line: `DELETE ${pathOf(cm)}` }],
      send: { line: `DELETE ${pathOf(cm)}` },
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
            deletionTimestamp: '<time>',
            deletionGracePeriodSeconds: 0,
            labels: { app: 'cm' },
            finalizers: ['example.com/hold'],
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': {
                    'f:finalizers': { '.': {}, 'v:"example.com/hold"': {} },
                    'f:labels': { '.': {}, 'f:app': {} },
                  },
                },
              },
            ],
          },
          data: { color: 'blue' },
        },
      },
    },
    {
      name: 'an object that is being deleted takes no new finalizer',
      given: [held],
      first: [{ line: `DELETE ${pathOf(cm)}` }],
      send: merge(cm, { metadata: { finalizers: ['example.com/hold', 'example.com/new'] } }),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueForbidden metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/new"}',
      ),
    },
    {
      name: 'an object that is being deleted can still be changed',
      given: [held],
      first: [{ line: `DELETE ${pathOf(cm)}` }],
      send: merge(cm, { data: { color: 'red' } }),
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
            deletionTimestamp: '<time>',
            deletionGracePeriodSeconds: 0,
            labels: { app: 'cm' },
            finalizers: ['example.com/hold'],
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': {
                    'f:finalizers': { '.': {}, 'v:"example.com/hold"': {} },
                    'f:labels': { '.': {}, 'f:app': {} },
                  },
                },
              },
            ],
          },
          data: { color: 'red' },
        },
      },
    },
    {
      name: 'the last finalizer takes the object with it',
      given: [held],
      first: [{ line: `DELETE ${pathOf(cm)}` }, merge(cm, { metadata: { finalizers: null } })],
      send: { line: `GET ${pathOf(cm)}` },
      want: failure(404, 'NotFound', 'configmaps "cm" not found', { name: 'cm', kind: 'configmaps' }),
    },
    {
      name: 'the name of what is being deleted is not free',
      given: [held],
      first: [{ line: `DELETE ${pathOf(cm)}` }],
      send: create(cm),
      want: failure(409, 'AlreadyExists', 'object is being deleted: configmaps "cm" already exists', {
        name: 'cm',
        kind: 'configmaps',
      }),
    },
    {
      name: 'a collection is deleted by selector',
      given: [configMap('a'), configMap('b')],
      send: { line: 'DELETE /api/v1/namespaces/ns-case/configmaps?labelSelector=app%3Da' },
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
      name: 'a selector of a deletion leaves the others',
      given: [configMap('a'), configMap('b')],
      first: [{ line: 'DELETE /api/v1/namespaces/ns-case/configmaps?labelSelector=app%3Da' }],
      send: { line: 'GET /api/v1/namespaces/ns-case/configmaps' },
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
      name: 'an object is deleted when it has the version and uid that the request names',
      run: async context => {
        const client = context.client()
        const made = await context.create(web)
        const ref = { name: 'web', namespace: context.namespace }
        const { uid, resourceVersion } = made.metadata ?? {}
        await client.delete(Deployment, ref, {
          preconditions: { uid: uid ?? '', resourceVersion: resourceVersion ?? '' },
        })
        assert.equal(await client.fetchIfExists(Deployment, ref), undefined)
      },
    },
    {
      name: 'a namespace with something left in it takes nothing new',
      given: [withMetadata(held, { namespace: 'ns-case' })],
      first: [{ line: 'DELETE /api/v1/namespaces/ns-case' }],
      send: create(configMap('late')),
      want: failure(
        403,
        'Forbidden',
        'configmaps "late" is forbidden: unable to create new content in namespace ns-case because it is being terminated',
        {
          name: 'late',
          kind: 'configmaps',
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: 'namespace ns-case is being terminated',
              field: 'metadata.namespace',
            },
          ],
        },
      ),
    },
  ],
}
