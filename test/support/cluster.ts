/** An embedded cluster for one test: API server, client and, if wanted, the CRDs of this project. */
import { readdir, readFile } from 'node:fs/promises'
import { CustomResourceDefinition } from '../../src/api/core/apiextensions-v1.ts'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'
import { type ApiServerOptions, type EmbeddedApi, startApiServer } from '../../src/playground/apiserver/server.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { eventually } from './eventually.ts'

/** A running cluster. */
export interface TestCluster {
  readonly api: EmbeddedApi
  readonly client: Client
  /** Ends both; call it in `after`. */
  close(): Promise<void>
}

const crdFolder = new URL('../../deploy/crds/', import.meta.url)

/** Starts an API in memory on a free port. With `crds`, resolves when every kind of deploy/crds is served. */
export async function startTestCluster(
  options: ApiServerOptions & { readonly crds?: boolean } = {},
): Promise<TestCluster> {
  const { crds, ...serverOptions } = options
  const api = await startApiServer(serverOptions)
  const client = newClient({ kubeconfig: api.kubeconfig, clock: systemClock })
  const close = async () => {
    await client.close()
    await api.close()
  }
  try {
    if (crds) await installCrds(client)
    return { api, client, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Creates the CRDs of deploy/crds and waits until they are established. */
export async function installCrds(client: Client): Promise<void> {
  const files = (await readdir(crdFolder)).filter(file => file.endsWith('.yaml'))
  const documents = await Promise.all(
    files.map(async file => parseYamlDocuments(await readFile(new URL(file, crdFolder), 'utf8'))),
  )
  // What lies in that folder is CRDs; the server refuses anything else.
  const definitions = documents.flat() as unknown as CustomResourceDefinition[]
  const created = await Promise.all(definitions.map(crd => client.create(CustomResourceDefinition, crd)))
  for (const { metadata } of created) {
    const name = metadata?.name ?? ''
    await eventually(`the CRD ${name} is established`, async () => {
      const { status } = await client.fetch(CustomResourceDefinition, { name })
      return status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')
    })
  }
}
