/** Applications that roll out on the host itself; nothing is synced, as their repository is not there. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Application, Rollout } from '../../src/api/apps/v1alpha1.ts'
import type { Service } from '../../src/api/core/core-v1.ts'
import { parseYaml } from '../../src/apimachinery/yaml.ts'

const examples = path.join(import.meta.dirname, '../examples/applications')

/** The rollout of one of the examples, for the workload `web` of a namespace, with what `more` says instead. */
export async function webRollout(example: string, namespace: string, more: Partial<Rollout> = {}): Promise<Rollout> {
  const text = await readFile(path.join(examples, example), 'utf8')
  const { spec } = parseYaml(text) as unknown as Application // checked by its own tests
  const rollout = spec.syncPolicies[0]?.rollout
  if (!rollout) throw new Error(`${example} has no rollout`)
  return { ...rollout, serviceName: 'web', workload: { ...rollout.workload, name: 'web', namespace }, ...more }
}

/** The Service of {@link webRollout}'s workload. */
export function webService(namespace: string): Service {
  return {
    metadata: { name: 'web', namespace },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 9898, targetPort: 'http' }] },
  }
}

/** An Application with a policy for each rollout. */
export function applicationOnHost(
  metadata: { namespace: string; name: string },
  rollouts: readonly Rollout[],
): Application {
  const kustomization = { interval: '10m', path: './deploy', prune: true }
  return {
    apiVersion: 'apps.kurator.dev/v1alpha1',
    kind: 'Application',
    metadata,
    spec: {
      source: { gitRepository: { interval: '10m', url: 'http://127.0.0.1:1/none.git', ref: { branch: 'main' } } },
      syncPolicies: rollouts.map(rollout => ({ kustomization, rollout })),
    },
  }
}
