/** What one case works with: a namespace of its own, kubectl, plain requests. */
import { randomInt } from 'node:crypto'
import { Agent, request } from 'undici'
import { type Json, type JsonObject, type KubernetesObject, parseApiVersion } from '../../src/apimachinery/meta.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { type Kubectl, newKubectl, transcriptOf } from '../support/kubectl.ts'
import { maskJson, maskText } from '../support/mask.ts'
import type { ConformanceTarget } from '../support/target.ts'
import type { Answer, Exchange } from './case.ts'

/** What stands in the cases for the name of the case's namespace; the real name is as long. */
export const namespacePlaceholder = 'ns-case'

/** See the file's head. All text that goes in may hold {@link namespacePlaceholder}; all that comes out is masked. */
export interface CaseContext {
  readonly target: ConformanceTarget
  /** The real name of the namespace. */
  readonly namespace: string
  /** Runs commands one after the other; answers with the transcript of the session. */
  playSession(commands: readonly string[], files?: Readonly<Record<string, string>>): Promise<string>
  /** Sends a request; the answer holds those of its headers that are named. */
  exchange(exchange: Exchange, headers?: readonly string[]): Promise<Answer>
  /** {@link exchange} without masks. */
  send(exchange: Exchange): Promise<Answer>
  /** Creates an object, in the case's namespace unless it names one. Throws when the server refuses. */
  create(object: JsonObject): Promise<KubernetesObject>
  kubectl(): Promise<Kubectl>
  /** Our client, as the administrator. */
  client(): Client
  close(): Promise<void>
}

/** Kinds of the cases that no namespace holds. */
const clusterScoped = new Set([
  'Namespace',
  'Node',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'PriorityClass',
  'StorageClass',
  'PersistentVolume',
])

// Of 36^4 names a run uses some hundred, so that now and then one is taken.
const namespaceAttempts = 5

/** A context for one case; its namespace is there when this resolves. */
export async function newCaseContext(target: ConformanceTarget): Promise<CaseContext> {
  for (let attempt = 1; ; attempt++) {
    const number = randomInt(36 ** 4).toString(36)
    const context = contextIn(target, `ns-${number.padStart(4, '0')}`)
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: context.namespace } }
    const answer = await context.send({ line: 'POST /api/v1/namespaces', body })
    if (answer.code === 201) return context
    await context.close()
    if (answer.code !== 409 || attempt === namespaceAttempts) throw new Error(JSON.stringify(answer.body))
  }
}

function contextIn(target: ConformanceTarget, namespace: string): CaseContext {
  const agent = new Agent({ connect: { ca: target.caPem } })
  const toReal = (text: string) => text.replaceAll(namespacePlaceholder, namespace)
  const toPlaceholder = (text: string) => text.replaceAll(namespace, namespacePlaceholder)
  let kubectl: Promise<Kubectl> | undefined
  let client: Client | undefined
  const context: CaseContext = {
    target,
    namespace,
    kubectl() {
      kubectl ??= newKubectl(target.kubeconfig, namespace)
      return kubectl
    },
    client() {
      client ??= newClient({ kubeconfig: target.kubeconfig, clock: systemClock, userAgent: 'conformance' })
      return client
    },
    async playSession(commands, files = {}) {
      const terminal = await context.kubectl()
      for (const [name, content] of Object.entries(files)) await terminal.write(name, toReal(content))
      const session: string[] = []
      for (const command of commands) {
        const printed = transcriptOf(await terminal.run(toReal(command)))
        session.push(`$ ${command}`, ...(printed === '' ? [] : [toPlaceholder(maskText(printed))]))
      }
      return session.join('\n')
    },
    async send(exchange) {
      return roundTrip(target, agent, exchange, toReal)
    },
    async exchange(exchange, headers = []) {
      const answer = await roundTrip(target, agent, exchange, toReal)
      // Printed and parsed again, for the placeholder to reach every name in it.
      const body = JSON.parse(toPlaceholder(JSON.stringify(maskJson(answer.body))))
      if (headers.length === 0) return { code: answer.code, body }
      const wanted = headers.map(name => [name, answer.headers?.[name] ?? ''] as const)
      return { code: answer.code, body, headers: Object.fromEntries(wanted) }
    },
    async create(object) {
      const answer = await context.send({ line: `POST ${collectionOf(object)}`, body: JSON.stringify(object) })
      if (answer.code >= 300) throw new Error(`create ${object['kind']}: ${JSON.stringify(answer.body)}`)
      // The server has accepted it: it is an object of the kind that was sent.
      return answer.body as unknown as KubernetesObject
    },
    async close() {
      // The namespace's content goes with it; nobody waits for that.
      await context.send({ line: `DELETE /api/v1/namespaces/${namespace}` })
      await agent.close()
      await client?.close()
      await (await kubectl)?.close()
    },
  }
  return context
}

/** The path that an object's collection has; the kind's plural is the regular one. */
export function collectionOf(object: JsonObject): string {
  // Cases write whole objects down.
  const { apiVersion = '', kind = '', metadata } = object as KubernetesObject
  const { group, version } = parseApiVersion(apiVersion)
  const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const namespace = clusterScoped.has(kind) ? '' : `/namespaces/${metadata?.namespace ?? namespacePlaceholder}`
  return `${prefix}${namespace}/${pluralOf(kind)}`
}

function pluralOf(kind: string): string {
  const name = kind.toLowerCase()
  if (name === 'endpoints') return name
  if (name.endsWith('s')) return `${name}es`
  return name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`
}

async function roundTrip(
  target: ConformanceTarget,
  agent: Agent,
  exchange: Exchange,
  toReal: (text: string) => string,
): Promise<Answer> {
  const [method = '', path = ''] = exchange.line.split(' ')
  const headers: Record<string, string | null> = {
    authorization: `Bearer ${target.token}`,
    accept: 'application/json',
    ...(exchange.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...exchange.headers,
  }
  const body = typeof exchange.body === 'string' ? exchange.body : JSON.stringify(exchange.body)
  const response = await request(target.url + toReal(path), {
    method,
    dispatcher: agent,
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    ...(body === undefined ? {} : { body: toReal(body) }),
  })
  const text = await response.body.text()
  const answered = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const)
  return { code: response.statusCode, body: parsed(text), headers: Object.fromEntries(answered) }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
