/** Bootstrap: the primary comes up beside the target, takes its traffic, and the target goes to zero. */
import { routeTo } from '../affinity.ts'
import type { Action, Decision } from '../decision.ts'
import { alert, canaryName, kindName, normal, warning } from '../events.ts'
import { canServe, hasTraffic, isScalable, type Live } from '../live.ts'
import { primaryReadiness } from '../readiness.ts'
import { createPrimary } from '../repair.ts'
import { act, wait } from '../reply.ts'
import { later, toPhase, toPhaseOf } from '../transition.ts'
import { allToPrimary } from '../weights.ts'

/** The next step of a bootstrap. The target serves until the primary can, whatever happens to the primary. */
export function initialise(o: Live): Decision {
  if (o.status.phase !== 'Initializing') {
    return act(
      o,
      { rule: 'begin', text: 'A new Canary: its primary has to be made.' },
      { status: toPhase(o, 'Initializing'), requeueAt: o.now },
    )
  }
  return makePrimary(o) ?? followTarget(o) ?? awaitPrimary(o) ?? complete(o)
}

function makePrimary(o: Live): Decision | undefined {
  const services: Action[] = o.parts.services === 'current' ? [] : [{ kind: 'ensurePart', part: 'services' }]
  const primary = o.primary ? [] : [createPrimary(o)]
  if (services.length + primary.length === 0) return undefined
  return act(
    o,
    { rule: 'make-primary', text: 'The services and the primary are made from the target, which keeps its traffic.' },
    { actions: [...services, ...primary], requeueAt: o.now },
  )
}

/** While the target serves, the primary has to become what the target is now, not what it was at the beginning. */
function followTarget(o: Live): Decision | undefined {
  if (o.primaryRunsTarget || !canServe(o.target) || o.target.desiredReplicas === 0) return undefined
  return act(
    o,
    { rule: 'follow-target', text: 'The target changed during the bootstrap: the primary follows.' },
    {
      actions: [{ kind: 'promote', revision: o.target.revision, minReplicas: o.target.desiredReplicas }],
      requeueAt: later(o.now, 1000),
    },
  )
}

function awaitPrimary(o: Live): Decision | undefined {
  const readiness = primaryReadiness(o.primary, o)
  if (readiness.ready && (canServe(o.primary) || o.target.desiredReplicas === 0)) return undefined
  const message = readiness.ready ? 'the primary has no pods' : readiness.message
  const probe = o.pace === 'upstream' && !o.spec.skipAnalysis ? [{ kind: 'probeProviders' } as const] : []
  return wait(o, { rule: 'primary-starts', text: `The primary is not ready: ${message}.` }, 'primary', {
    waitsFor: 'the pods of the primary',
    announce: [...probe, warning(message)],
    until: later(o.now, o.spec.intervalMs),
  })
}

function complete(o: Live): Decision {
  const route = hasTraffic(o) ? routeTo(o, allToPrimary) : undefined
  const hasPods = isScalable(o.spec) && o.target.desiredReplicas > 0
  const actions: Action[] = [
    ...(o.spec.autoscaler ? ([{ kind: 'ensurePart', part: 'primaryScaler' }] as const) : []),
    { kind: 'ensurePart', part: 'apexService' },
    { kind: 'ensurePart', part: 'routes' },
    ...(route ? [route.action] : []),
    // Requests that are on their way to the target are answered before it goes, and an autoscaler that is held lets it go.
    ...(hasPods ? ([{ kind: 'awaitDrain', side: 'canary' }] as const) : []),
    ...(o.spec.autoscaler ? ([{ kind: 'pauseTargetScaler' }] as const) : []),
    ...(hasPods ? ([{ kind: 'scaleTarget', replicas: 0 }] as const) : []),
  ]
  // A target that does not serve is not followed: where it differs from the primary, it has still to be analysed.
  const revision = o.primaryRunsTarget ? o.target.revision : ''
  const replicas = o.primary?.desiredReplicas
  const status = toPhaseOf(o, o.target, 'Initialized', {
    lastAppliedSpec: revision,
    lastPromotedSpec: revision,
    ...(replicas ? { primaryReplicas: replicas } : {}),
    ...route?.status,
  })
  const probe = o.spec.skipAnalysis ? [] : [{ kind: 'probeProviders' } as const]
  return act(
    o,
    { rule: 'initialised', text: 'The primary is ready: it takes the traffic and the target goes to zero.' },
    {
      actions,
      status,
      announce: [
        ...probe,
        normal(`Initialization done! ${canaryName(o.spec)}`),
        alert('info', `New ${kindName(o.spec)} detected, initialization completed.`, true),
      ],
    },
  )
}
