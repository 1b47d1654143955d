/** A cluster for tests: the embedded API (or a real one), a client of it, and our custom kinds if asked for. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { CustomResourceDefinition } from '../../src/api/core/apiextensions-v1.ts'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type HttpClientOptions, newClient } from '../../src/runtime/http-client.ts'
import { installDefinitions } from './kinds.ts'
import { type ConformanceTarget, conformanceTarget } from './target.ts'

/** A running cluster. */
export interface TestCluster {
  readonly api: ConformanceTarget
  readonly client: Client
  /** Another client of the same API, closed with the cluster. */
  newClient(options?: Partial<HttpClientOptions>): Client
  close(): Promise<void>
}

const crdFolder = path.join(import.meta.dirname, '../../deploy/crds')

/**
 * Starts a cluster: embedded, or real where `SERIN_CONFORMANCE=real` says so. `crds` installs the custom kinds of
 * deploy/crds and waits until the API serves them. Close it when done.
 */
export async function startTestCluster(options: { readonly crds?: boolean } = {}): Promise<TestCluster> {
  const api = await conformanceTarget()
  const clients: Client[] = []
  const connect = (clientOptions: Partial<HttpClientOptions> = {}) => {
    const client = newClient({ kubeconfig: api.kubeconfig, clock: systemClock, ...clientOptions })
    clients.push(client)
    return client
  }
  const client = connect()
  const close = async () => {
    await Promise.all(clients.map(each => each.close()))
    await api.close()
  }
  try {
    if (options.crds) await installCrds(client)
  } catch (error) {
    await close()
    throw error
  }
  return { api, client, newClient: connect, close }
}

async function installCrds(client: Client): Promise<void> {
  const files = (await readdir(crdFolder)).filter(file => file.endsWith('.yaml'))
  const texts = await Promise.all(files.map(file => readFile(path.join(crdFolder, file), 'utf8')))
  const crds = texts.flatMap(text => parseYamlDocuments(text)) as unknown as CustomResourceDefinition[] // Generated.
  await installDefinitions(client, crds)
}
