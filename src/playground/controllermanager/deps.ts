/** What every controller of a local member is made from. */
import type { Random } from '../../runtime/backoff.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Logger } from '../../runtime/log.ts'

/** See {@link startControllerManager} in controller-manager.ts. */
export interface ControllerManagerDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clock: Clock
  readonly random: Random
  readonly events: EventRecorder
  readonly log: Logger
}
