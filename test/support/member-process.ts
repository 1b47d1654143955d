/** A member in a process of its own, for tests that kill it. Tells its kubeconfig on its channel. */
import { allKinds } from '../../src/api/all-kinds.ts'
import { startMember } from '../../src/playground/member.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/log.ts'

const [podFolder = '', network = '99'] = process.argv.slice(2)
const member = await startMember({
  name: 'mortal',
  network: Number(network),
  kinds: allKinds,
  podFolder,
  images: [{ repository: 'test/sh', program: { command: ['sh'] } }],
  clock: systemClock,
  random: Math.random,
  log: silentLogger,
})
process.send?.(member.api.kubeconfig)
