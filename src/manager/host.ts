/** The host's side, put together: from Applications and Fleets to what members shall run. */
import { newApplicationController } from '../controllers/application/controller.ts'
import { newAttachedClusterController } from '../controllers/attachedcluster/controller.ts'
import { newFleetController } from '../controllers/fleet/controller.ts'
import { newGitRepositoryController } from '../controllers/gitrepository/controller.ts'
import { newHelmReleaseController } from '../controllers/helmrelease/controller.ts'
import { newHelmChartController } from '../controllers/helmrepository/chart-controller.ts'
import { newHelmRepositoryController } from '../controllers/helmrepository/controller.ts'
import { newKustomizationController } from '../controllers/kustomization/controller.ts'
import { newOciRepositoryController } from '../controllers/ocirepository/controller.ts'
import { newEventRecorder } from '../runtime/events.ts'
import { newInformerSet } from '../runtime/informer-set.ts'
import { newManager } from '../runtime/manager.ts'
import { newMetricRegistry } from '../runtime/metrics.ts'
import { newArtifactStore } from '../sync/artifact-store.ts'
import { newFluxWatch } from './flux-watch.ts'
import type { Host, HostOptions } from './host-options.ts'
import { electionOf } from './leadership.ts'
import { newStandIn } from './stand-in.ts'
import { newAdmission } from './webhook/admission.ts'

const leaseName = 'serin-manager'

/** Starts it; resolves when its HTTP server listens. Rejects where that cannot be. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { client, clusters, engines, hostKubeconfig, clock, random, log } = options
  const metrics = newMetricRegistry()
  const informers = newInformerSet({ client, clock, random, log })
  const events = newEventRecorder({ client, clock, random, log, component: 'serin-manager' })
  const deps = { client, informers, clusters, events, clock, random, log, metrics }
  const standIn = { flux: newFluxWatch({ informers, clock, log }), log }
  const artifacts = await newArtifactStore({
    folder: options.artifactsFolder,
    port: options.artifactsPort ?? 0,
    clock,
    log,
  })
  const admission = options.webhook && newAdmission(options.webhook, { client, informers, clock, random, log })
  const manager = newManager({
    clock,
    log,
    metrics,
    ...(admission ? { runnables: [admission.run], readyChecks: { webhook: () => admission.server.problem() } } : {}),
    informers: [informers],
    controllers: [
      newAttachedClusterController(deps),
      newFleetController({ ...deps, engines }),
      newApplicationController({ ...deps, hostWorkloads: options.hostWorkloads ?? true }),
      newStandIn({
        for: 'source-controller',
        ...standIn,
        make: () => [
          newGitRepositoryController({
            ...deps,
            artifacts,
            ...(options.gitMirrors ? { mirrors: options.gitMirrors } : {}),
          }),
          newOciRepositoryController({ ...deps, artifacts }),
          newHelmRepositoryController({ ...deps, artifacts }),
          newHelmChartController({ ...deps, artifacts }),
        ],
      }),
      newStandIn({ for: 'kustomize-controller', ...standIn, make: () => [newKustomizationController(deps)] }),
      newStandIn({
        for: 'helm-controller',
        ...standIn,
        make: () => [newHelmReleaseController({ ...deps, ...(hostKubeconfig ? { hostKubeconfig } : {}) })],
      }),
    ],
    http: options.http ?? {},
    ...(options.routes ? { routes: options.routes } : {}),
    closeables: [events, artifacts, ...(admission ? [admission.server] : [])],
    // The next leader starts engines of its own as soon as it leads.
    leaderCloseables: [{ close: async () => engines.close?.() }],
    ...(options.leaderElection
      ? { leaderElection: electionOf(options.leaderElection, { client, random, name: leaseName }) }
      : {}),
  })
  const stop = new AbortController()
  const ended = manager.run(stop.signal)
  // Whoever waits for `ended` sees the failure; without anybody it must not end the process.
  ended.catch(() => {})
  const url = await Promise.race([manager.listening(), ended.then(() => Promise.reject(new Error('ended at once')))])
  return {
    url,
    webhookUrl: () => admission?.server.url(),
    artifactsUrl: artifacts.url,
    ended,
    async close() {
      stop.abort(new Error('the host is stopping'))
      await ended
    },
  }
}
