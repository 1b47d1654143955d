/** Patches whose results record-writes.ts takes from a real server. */
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import type { Sequence, Step } from './ssa-cases.ts'

const create = (body: JsonObject): Step => ({ verb: 'create', manager: 'creator', body })
const step =
  (type: 'json' | 'merge' | 'strategic') =>
  (body: unknown): Step => ({ verb: 'patch', type, manager: 'patcher', body })
const json = step('json')
const merge = step('merge')
const strategic = step('strategic')

const configMap = create({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { labels: { 'a/b': '1' } },
  data: { a: '1', b: '2' },
})
const widget = create({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: {},
  spec: {
    plainList: ['a', 'b', 'c'],
    mapList: [{ name: 'x', value: 1 }],
    size: 1,
    nested: { a: '1', deep: { c: '1' } },
  },
})
const deployment = create({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { finalizers: ['x.io/a', 'x.io/b'] },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'web:1',
            args: ['a', 'b'],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
            ports: [
              { containerPort: 80, name: 'h' },
              { containerPort: 81, name: 'i' },
            ],
          },
          { name: 'side', image: 'side:1' },
        ],
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'conf', configMap: { name: 'c' } },
        ],
        tolerations: [{ key: 'a', operator: 'Exists' }],
      },
    },
  },
})
const containers = (...list: readonly unknown[]) => ({ spec: { template: { spec: { containers: list } } } })
const pod = (rest: JsonObject) => ({ spec: { template: { spec: rest } } })

const one = (name: string, resource: Sequence['resource'], start: Step, patch: Step): Sequence => ({
  name,
  resource,
  steps: [start, patch],
})

/** What the three kinds of patch are held against. */
export const patchSequences: readonly Sequence[] = [
  // JSON patch
  one('json: add', 'configmaps', configMap, json([{ op: 'add', path: '/data/c', value: '3' }])),
  one('json: add replaces what is there', 'configmaps', configMap, json([{ op: 'add', path: '/data/a', value: '3' }])),
  one('json: remove', 'configmaps', configMap, json([{ op: 'remove', path: '/data/a' }])),
  one('json: replace', 'configmaps', configMap, json([{ op: 'replace', path: '/data/a', value: 'x' }])),
  one('json: move', 'configmaps', configMap, json([{ op: 'move', from: '/data/a', path: '/data/z' }])),
  one('json: copy', 'configmaps', configMap, json([{ op: 'copy', from: '/data/a', path: '/data/z' }])),
  one(
    'json: test holds',
    'configmaps',
    configMap,
    json([
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: 'y' },
    ]),
  ),
  one(
    'json: escaped names',
    'configmaps',
    configMap,
    json([{ op: 'replace', path: '/metadata/labels/a~1b', value: 'x' }]),
  ),
  one('json: insert into a list', 'widgets', widget, json([{ op: 'add', path: '/spec/plainList/1', value: 'n' }])),
  one('json: append to a list', 'widgets', widget, json([{ op: 'add', path: '/spec/plainList/-', value: 'n' }])),
  one('json: remove from a list', 'widgets', widget, json([{ op: 'remove', path: '/spec/plainList/0' }])),
  one(
    'json: move within a list',
    'widgets',
    widget,
    json([{ op: 'move', from: '/spec/plainList/0', path: '/spec/plainList/2' }]),
  ),
  one('json: a negative index', 'widgets', widget, json([{ op: 'replace', path: '/spec/plainList/-1', value: 'n' }])),
  one('json: add a negative index', 'widgets', widget, json([{ op: 'add', path: '/spec/plainList/-1', value: 'n' }])),
  one(
    'json: test a whole list',
    'widgets',
    widget,
    json([
      { op: 'test', path: '/spec/plainList', value: ['a', 'b', 'c'] },
      { op: 'replace', path: '/spec/size', value: 4 },
    ]),
  ),
  one(
    'json: test null of an absent field',
    'widgets',
    widget,
    json([
      { op: 'test', path: '/spec/note', value: null },
      { op: 'replace', path: '/spec/size', value: 4 },
    ]),
  ),
  one('json: test fails', 'configmaps', configMap, json([{ op: 'test', path: '/data/a', value: '2' }])),
  one('json: test of an absent field', 'configmaps', configMap, json([{ op: 'test', path: '/data/zz', value: '2' }])),
  one('json: remove of an absent field', 'configmaps', configMap, json([{ op: 'remove', path: '/data/zz' }])),
  one('json: remove below an absent field', 'configmaps', configMap, json([{ op: 'remove', path: '/nope/zz' }])),
  one(
    'json: replace of an absent field',
    'configmaps',
    configMap,
    json([{ op: 'replace', path: '/data/zz', value: '1' }]),
  ),
  one(
    'json: replace below an absent field',
    'configmaps',
    configMap,
    json([{ op: 'replace', path: '/nope/zz', value: '1' }]),
  ),
  one(
    'json: add below an absent field',
    'configmaps',
    configMap,
    json([{ op: 'add', path: '/metadata/annotations/x', value: '1' }]),
  ),
  one(
    'json: move of an absent field',
    'configmaps',
    configMap,
    json([{ op: 'move', from: '/data/zz', path: '/data/y' }]),
  ),
  one(
    'json: copy of an absent field',
    'configmaps',
    configMap,
    json([{ op: 'copy', from: '/data/zz', path: '/data/y' }]),
  ),
  one('json: an index past the end', 'widgets', widget, json([{ op: 'add', path: '/spec/plainList/9', value: 'n' }])),
  one('json: remove an index past the end', 'widgets', widget, json([{ op: 'remove', path: '/spec/plainList/9' }])),
  one(
    'json: replace an index past the end',
    'widgets',
    widget,
    json([{ op: 'replace', path: '/spec/plainList/9', value: 'n' }]),
  ),
  one(
    'json: an index that is no number',
    'widgets',
    widget,
    json([{ op: 'add', path: '/spec/plainList/x', value: 'n' }]),
  ),
  one('json: below a scalar', 'widgets', widget, json([{ op: 'add', path: '/spec/size/x', value: 'n' }])),
  one('json: an unknown operation', 'configmaps', configMap, json([{ op: 'nope', path: '/data/a' }])),
  one('json: no operation', 'configmaps', configMap, json([{ path: '/data/a' }])),
  one('json: no path', 'configmaps', configMap, json([{ op: 'add', value: '1' }])),
  one('json: no value', 'configmaps', configMap, json([{ op: 'add', path: '/data/q' }])),
  one('json: a path without a slash', 'configmaps', configMap, json([{ op: 'add', path: 'data', value: '1' }])),
  one('json: no list', 'configmaps', configMap, json({ op: 'add', path: '/data/a', value: '1' })),
  one('json: an empty list', 'configmaps', configMap, json([])),
  one('json: no JSON', 'configmaps', configMap, json('{')),
  one(
    'json: the second of two fails',
    'configmaps',
    configMap,
    json([
      { op: 'add', path: '/data/c', value: '3' },
      { op: 'remove', path: '/data/zz' },
    ]),
  ),
  one(
    'json: a deep value in a deployment',
    'deployments',
    deployment,
    json([{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'web:9' }]),
  ),
  // Merge patch
  one(
    'merge: sets, adds and removes',
    'configmaps',
    configMap,
    merge({ data: { a: 'x', c: '3', b: null }, metadata: { labels: { n: '1' } } }),
  ),
  one('merge: removes a whole map', 'configmaps', configMap, merge({ data: null })),
  one('merge: replaces lists', 'widgets', widget, merge({ spec: { plainList: ['z'], mapList: [{ name: 'y' }] } })),
  one(
    'merge: null within a new object',
    'widgets',
    widget,
    merge({ spec: { free: { a: null, b: { c: null, d: 1 } } } }),
  ),
  one('merge: an object over a scalar', 'widgets', widget, merge({ spec: { size: { a: 1 } } })),
  one(
    'merge: replaces the containers',
    'deployments',
    deployment,
    merge(containers({ name: 'only', image: 'only:1' })),
  ),
  one('merge: an empty patch', 'configmaps', configMap, merge({})),
  one('merge: no object', 'configmaps', configMap, merge([1])),
  one('merge: no JSON', 'configmaps', configMap, merge('{')),
  one('merge: no object for a custom kind', 'widgets', widget, merge([1])),
  // Strategic merge patch
  one(
    'strategic: a container by its name',
    'deployments',
    deployment,
    strategic(containers({ name: 'web', image: 'web:2' })),
  ),
  one('strategic: a new container', 'deployments', deployment, strategic(containers({ name: 'new', image: 'new:1' }))),
  one(
    'strategic: removes a container',
    'deployments',
    deployment,
    strategic(containers({ name: 'side', $patch: 'delete' })),
  ),
  one(
    'strategic: removes an absent container',
    'deployments',
    deployment,
    strategic(containers({ name: 'zz', $patch: 'delete' })),
  ),
  one(
    'strategic: replaces the list of containers',
    'deployments',
    deployment,
    strategic(containers({ $patch: 'replace' }, { name: 'only', image: 'only:1' })),
  ),
  one(
    'strategic: replaces an item',
    'deployments',
    deployment,
    strategic(containers({ $patch: 'replace', name: 'web', image: 'web:5' })),
  ),
  one(
    'strategic: replaces a map',
    'deployments',
    deployment,
    strategic({ spec: { template: { metadata: { labels: { $patch: 'replace', app: 'web' } } } } }),
  ),
  one(
    'strategic: orders the containers',
    'deployments',
    deployment,
    strategic(pod({ '$setElementOrder/containers': [{ name: 'side' }, { name: 'web' }] })),
  ),
  one(
    'strategic: orders and adds',
    'deployments',
    deployment,
    strategic(
      pod({
        '$setElementOrder/containers': [{ name: 'new' }, { name: 'web' }, { name: 'side' }],
        containers: [{ name: 'new', image: 'n:1' }],
      }),
    ),
  ),
  one(
    'strategic: orders only some',
    'deployments',
    deployment,
    strategic(
      pod({
        '$setElementOrder/containers': [{ name: 'new' }, { name: 'side' }],
        containers: [{ name: 'new', image: 'n:1' }],
      }),
    ),
  ),
  one(
    'strategic: an order that misses a patched item',
    'deployments',
    deployment,
    strategic(pod({ '$setElementOrder/containers': [{ name: 'side' }], containers: [{ name: 'web', image: 'n:1' }] })),
  ),
  one(
    'strategic: variables by name',
    'deployments',
    deployment,
    strategic(
      containers({
        name: 'web',
        env: [
          { name: 'B', value: '9' },
          { name: 'C', value: '3' },
          { name: 'A', $patch: 'delete' },
        ],
      }),
    ),
  ),
  one(
    'strategic: ports by number',
    'deployments',
    deployment,
    strategic(containers({ name: 'web', ports: [{ containerPort: 80, name: 'x' }, { containerPort: 90 }] })),
  ),
  one(
    'strategic: a list without a key is replaced',
    'deployments',
    deployment,
    strategic(containers({ name: 'web', args: ['z'] })),
  ),
  one(
    'strategic: tolerations are replaced',
    'deployments',
    deployment,
    strategic(pod({ tolerations: [{ key: 'b', operator: 'Exists' }] })),
  ),
  one(
    'strategic: null removes',
    'deployments',
    deployment,
    strategic(containers({ name: 'web', env: null, args: null })),
  ),
  one(
    'strategic: finalizers are merged',
    'deployments',
    deployment,
    strategic({ metadata: { finalizers: ['x.io/c'] } }),
  ),
  one(
    'strategic: finalizers are removed',
    'deployments',
    deployment,
    strategic({ metadata: { '$deleteFromPrimitiveList/finalizers': ['x.io/a'] } }),
  ),
  one(
    'strategic: finalizers are ordered',
    'deployments',
    deployment,
    strategic({ metadata: { '$setElementOrder/finalizers': ['x.io/c', 'x.io/b', 'x.io/a'], finalizers: ['x.io/c'] } }),
  ),
  one(
    'strategic: the strategy keeps only some keys',
    'deployments',
    deployment,
    strategic({ spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }),
  ),
  one(
    'strategic: a volume changes its source',
    'deployments',
    deployment,
    strategic(pod({ volumes: [{ name: 'data', $retainKeys: ['name', 'configMap'], configMap: { name: 'd' } }] })),
  ),
  one(
    'strategic: keys that are kept but not named',
    'deployments',
    deployment,
    strategic({ spec: { strategy: { $retainKeys: ['rollingUpdate'], type: 'Recreate' } } }),
  ),
  one(
    'strategic: deletes a map',
    'deployments',
    deployment,
    strategic({ spec: { template: { metadata: { annotations: { $patch: 'delete' } } } } }),
  ),
  one(
    'strategic: labels and annotations',
    'deployments',
    deployment,
    strategic({ metadata: { labels: { a: '1' }, annotations: { b: '2' } } }),
  ),
  one('strategic: an item without its key', 'deployments', deployment, strategic(containers({ image: 'x' }))),
  one(
    'strategic: an unknown directive',
    'deployments',
    deployment,
    strategic(containers({ name: 'web', $patch: 'nope' })),
  ),
  one('strategic: an unknown directive of a map', 'deployments', deployment, strategic({ spec: { $patch: 'nope' } })),
  one(
    'strategic: a map where a list belongs',
    'deployments',
    deployment,
    strategic(pod({ containers: { name: 'a' } })),
  ),
  one('strategic: an unknown field', 'deployments', deployment, strategic({ spec: { nope: { a: 1 } } })),
  one('strategic: no object', 'deployments', deployment, strategic([1])),
  one('strategic: no JSON', 'deployments', deployment, strategic('{')),
  one('strategic: a custom kind', 'widgets', widget, strategic({ spec: { size: 2 } })),
  one('strategic: data of a config map', 'configmaps', configMap, strategic({ data: { a: null, c: '3' } })),
  one('strategic: an empty patch', 'deployments', deployment, strategic({})),
]
