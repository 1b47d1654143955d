// The generated pages of docs/reference.
import { Application } from '../../src/api/apps/v1alpha1.ts'
import { AttachedCluster } from '../../src/api/cluster/v1alpha1.ts'
import { AlertProvider, Canary, MetricTemplate } from '../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../src/api/fleet/v1alpha1.ts'
import { cliPage } from './cli.ts'
import { eventTexts } from './events.ts'
import { fluxPage } from './flux.ts'
import { kindPage } from './kinds.ts'
import { metricsPage } from './metrics.ts'

/** Where they are, from the root of the repository. */
export const referenceFolder = 'docs/reference'

/** Paths and contents. */
export function referenceFiles(root: string): ReadonlyMap<string, string> {
  const kinds = [Application, Fleet, AttachedCluster, Canary, MetricTemplate, AlertProvider]
  return new Map([
    ...kinds.map((kind): [string, string] => [`${referenceFolder}/${kind.kind.toLowerCase()}.md`, kindPage(kind)]),
    [`${referenceFolder}/cli.md`, cliPage()],
    [`${referenceFolder}/flux.md`, fluxPage()],
    [`${referenceFolder}/metrics.md`, metricsPage()],
    [`${referenceFolder}/rollout-events.md`, eventTexts(root)],
  ])
}
