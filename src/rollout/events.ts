/** What people read about a rollout: events and alerts in upstream's words. */
import type { Announcement } from './decision.ts'
import type { Side } from './observed.ts'
import type { RolloutSpec } from './spec.ts'
import type { Phase } from './status.ts'

/** A Normal event. `phase` goes into the payload of event hooks; absent: the status's own. */
export function normal(message: string, phase?: Phase): Announcement {
  return { kind: 'event', type: 'Normal', message, ...(phase === undefined ? {} : { phase }) }
}

/** A Warning event. */
export function warning(message: string, phase?: Phase): Announcement {
  return { kind: 'event', type: 'Warning', message, ...(phase === undefined ? {} : { phase }) }
}

/** An alert; the first of a rollout carry what it is about. */
export function alert(severity: 'info' | 'warn' | 'error', message: string, withMetadata = false): Announcement {
  return { kind: 'alert', severity, message, withMetadata }
}

/** `<canary>.<namespace>`. */
export function canaryName({ canary }: RolloutSpec): string {
  return `${canary.name}.${canary.namespace}`
}

/** `<target>.<namespace>`. */
export function targetName({ canary, target }: RolloutSpec): string {
  return `${target.name}.${canary.namespace}`
}

/** `service <apex>-<side>.<namespace> has no ready endpoints`. */
export function withoutEndpoints({ canary, serviceName }: RolloutSpec, side: Side): string {
  return `service ${serviceName}-${side}.${canary.namespace} has no ready endpoints`
}

/** The event of the step that copies the template. */
export function copying(spec: RolloutSpec): Announcement {
  const { target, canary } = spec
  return normal(`Copying ${targetName(spec)} template spec to ${target.name}-primary.${canary.namespace}`)
}

/** `Halt <canary>.<namespace> advancement <why>`. */
export function halt(spec: RolloutSpec, why: string): Announcement {
  return warning(`Halt ${canaryName(spec)} advancement ${why}`)
}

/** `Advance <canary>.<namespace> <what>`. */
export function advance(spec: RolloutSpec, what: string): Announcement {
  return normal(`Advance ${canaryName(spec)} ${what}`)
}

/** The kind of the target as it stands on the wire. */
export function kindName({ target }: RolloutSpec): string {
  return target.kind === 'KnativeService' ? 'Service' : target.kind
}
