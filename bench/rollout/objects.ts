/** The objects that a rollout is about: one Deployment and one Canary each. */
import { rolloutKinds, trafficKinds } from '../../src/api/all-kinds.ts'
import { CustomResourceDefinition } from '../../src/api/core/apiextensions-v1.ts'
import type { Deployment } from '../../src/api/core/apps-v1.ts'
import { Namespace } from '../../src/api/core/core-v1.ts'
import type { Canary } from '../../src/api/flagger/v1beta1.ts'
import { customResourceDefinition } from '../../src/apimachinery/crd.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'

/** An analysis takes `steps` intervals of so many seconds. */
export const intervalSeconds = 10
export const steps = 5

const namespace = 'bench'

/** The name of Deployment and Canary number `i`. */
export function refOf(i: number): { readonly namespace: string; readonly name: string } {
  return { namespace, name: `app-${i}` }
}

/** A Deployment of one pod. */
export function deployment(i: number): Deployment {
  const labels = { app: refOf(i).name }
  return {
    metadata: refOf(i),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
    },
  }
}

/** A Canary with the analysis of the usual examples: five steps of 10 %, one built-in metric. */
export function canary(i: number): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: refOf(i),
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: refOf(i).name },
      service: { port: 80 },
      analysis: {
        interval: `${intervalSeconds}s`,
        threshold: 5,
        stepWeight: 10,
        maxWeight: 10 * steps,
        metrics: [{ name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } }],
      },
    },
  }
}

/** Creates kinds and namespace; resolves when the kinds are served. */
export async function install(client: Client): Promise<void> {
  for (const kind of [...rolloutKinds, ...trafficKinds]) {
    // A definition as it is sent; the API fills in the rest.
    const definition = customResourceDefinition(kind) as CustomResourceDefinition
    await client.apply(CustomResourceDefinition, definition, { fieldManager: 'bench', force: true })
  }
  for (const kind of [...rolloutKinds, ...trafficKinds]) {
    await waitUntil(
      () =>
        client.list(kind).then(
          () => true,
          () => false,
        ),
      `${kind.plural} are served`,
    )
  }
  await client.create(Namespace, { metadata: { name: namespace } })
}

const lanes = 32

/** Runs `run` for 0 to size - 1, so many at a time as an agent has connections. */
export async function each(size: number, run: (i: number) => Promise<unknown>): Promise<void> {
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (let i = lane; i < size; i += lanes) await run(i)
    }),
  )
}

/** Looks 20 times a second, for at most ten minutes. */
export async function waitUntil(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 600_000
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`not so after ten minutes: ${what}`)
    await systemClock.sleep(50)
  }
}
