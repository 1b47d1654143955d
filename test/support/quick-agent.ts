/** Settings of an agent for which time is short. */
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/log.ts'

/** All that an agent needs but for its client and its Prometheus; a test replaces what it is about. */
export const quickAgent = {
  clock: systemClock,
  random: Math.random,
  log: silentLogger,
  meshProvider: 'istio',
  minIntervalMs: 100,
  drainMs: 50,
} as const
