// Runs the sequences of ssa-cases.ts and patch-cases.ts against a real kube-apiserver (KUBEBUILDER_ASSETS) and writes
// what it answered to src/api/core/testdata, for tests that hold our own code against it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import { patchSequences } from './patch-cases.ts'
import { type RealApiServer, startRealApiServer } from './real-apiserver.ts'
import { type Sequence, type Step, ssaSequences } from './ssa-cases.ts'

const urls: Readonly<Record<Sequence['resource'], string>> = {
  configmaps: '/api/v1/namespaces/default/configmaps',
  services: '/api/v1/namespaces/default/services',
  pods: '/api/v1/namespaces/default/pods',
  namespaces: '/api/v1/namespaces',
  deployments: '/apis/apps/v1/namespaces/default/deployments',
  widgets: '/apis/example.com/v1/namespaces/default/widgets',
  blobs: '/apis/example.com/v1/namespaces/default/blobs',
  crds: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const

const folder = path.join(import.meta.dirname, '..', '..', 'src', 'api', 'core', 'testdata')
const server = await startRealApiServer()
try {
  await installCustomKinds(server)
  mkdirSync(folder, { recursive: true })
  await record('server-side-apply.json', ssaSequences)
  await record('patches.json', patchSequences)
} finally {
  await server.close()
}

/** Runs the n-th step of all sequences, then waits for the next second, so that times tell which step wrote them. */
async function record(file: string, sequences: readonly Sequence[]): Promise<void> {
  const recorded = sequences.map(({ name, resource }) => ({ name, resource, steps: [] as unknown[] }))
  const rounds = Math.max(...sequences.map(({ steps }) => steps.length))
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      sequences.map(async ({ resource, steps }, i) => {
        const step = steps[round]
        if (step) recorded[i]?.steps.push(await runWithParent(step, urls[resource], `${file.split('.')[0]}-${i}`))
      }),
    )
    await sleep(1100)
  }
  const lines = recorded.map(sequence => JSON.stringify(sequence))
  writeFileSync(path.join(folder, file), `[\n${lines.join(',\n')}\n]\n`)
}

/** A scale is not the object: what became of that is recorded beside it. */
async function runWithParent(step: Step, base: string, name: string): Promise<object> {
  const recorded = await run(step, base, name)
  if (step.subresource !== 'scale') return recorded
  return { ...recorded, parent: JSON.parse((await server.call('GET', `${base}/${name}`)).text) }
}

async function run(step: Step, base: string, name: string): Promise<object> {
  const manager = encodeURIComponent(step.manager)
  const url = `${base}/${name}${step.subresource ? `/${step.subresource}` : ''}?fieldManager=${manager}`
  const { verb, subresource } = step
  const about = { verb, manager: step.manager, ...(subresource ? { subresource } : {}) }
  switch (step.verb) {
    case 'create': {
      const body = named(step.body, name)
      return { ...about, body, ...answer(await server.call('POST', `${base}?fieldManager=${manager}`, { body })) }
    }
    case 'update': {
      const part = step.subresource === 'scale' ? '/scale' : ''
      const live: JsonObject = JSON.parse((await server.call('GET', `${base}/${name}${part}`)).text)
      const body: JsonObject = step.change(live)
      return { ...about, body, ...answer(await server.call('PUT', url, { body })) }
    }
    case 'apply': {
      const body = named(step.body, name)
      const headers = { 'content-type': 'application/apply-patch+yaml' }
      const where = step.force ? `${url}&force=true` : url
      const text = JSON.stringify(body)
      const response = await server.call('PATCH', where, { body: text, headers })
      return { ...about, ...(step.force ? { force: true } : {}), body, ...answer(response) }
    }
    case 'patch': {
      const headers = { 'content-type': patchTypes[step.type] }
      const text = typeof step.body === 'string' ? step.body : JSON.stringify(step.body)
      const response = await server.call('PATCH', url, { body: text, headers })
      return { ...about, type: step.type, text, ...answer(response) }
    }
  }
}

function named(body: JsonObject, name: string): JsonObject {
  return { ...body, metadata: { name, ...(body['metadata'] as JsonObject) } }
}

function answer({ status, text }: { status: number; text: string }): { code: number; answer: unknown } {
  return { code: status, answer: JSON.parse(text) }
}

async function installCustomKinds({ call }: RealApiServer): Promise<void> {
  const blobSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const widgetSchema: unknown = JSON.parse(readFileSync(path.join(folder, 'widget-schema.json'), 'utf8'))
  await call('POST', urls.crds, { body: definition('widgets', 'Widget', widgetSchema, true) })
  await call('POST', urls.crds, { body: definition('blobs', 'Blob', blobSchema, false) })
  for (const resource of ['widgets', 'blobs'] as const) {
    for (let attempt = 0; (await call('GET', urls[resource])).status !== 200; attempt++) {
      if (attempt > 100) throw new Error(`${resource} is not served after 20 s`)
      await sleep(200)
    }
  }
  // The schema of a new kind reaches its field manager a little later than its URL.
  await sleep(3000)
}

function definition(plural: string, kind: string, schema: unknown, withStatus: boolean): JsonObject {
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: schema },
    ...(withStatus
      ? {
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
          },
        }
      : {}),
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural, kind }, versions: [version as JsonObject] },
  }
}
