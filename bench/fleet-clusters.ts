// The embedded APIs of a host and its members, for fleet.ts: in a process of their own, so that their CPU can be told apart.
import { hostKinds, rolloutKinds, trafficKinds } from '../src/api/all-kinds.ts'
import { CustomResourceDefinition } from '../src/api/core/apiextensions-v1.ts'
import { customResourceDefinition } from '../src/apimachinery/crd.ts'
import { startApiServer } from '../src/playground/apiserver/server.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { newClient } from '../src/runtime/http-client.ts'

process.once('message', async (members: number) => {
  const kubeconfigs = [await start(hostKinds)]
  for (let i = 0; i < members; i++) kubeconfigs.push(await start([...rolloutKinds, ...trafficKinds]))
  process.send?.(kubeconfigs)
})
process.on('disconnect', () => process.exit(0))

async function start(kinds: typeof hostKinds): Promise<string> {
  const { kubeconfig } = await startApiServer({})
  const client = newClient({ kubeconfig, clock: systemClock })
  for (const kind of kinds) {
    const definition = customResourceDefinition(kind) as CustomResourceDefinition // as it is sent
    await client.apply(CustomResourceDefinition, definition, { fieldManager: 'bench', force: true })
  }
  await client.close()
  return kubeconfig
}
