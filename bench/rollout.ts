// What rollouts cost: `npm run bench:rollout [-- LANE[:N,N...] ...]`. Prints a table for each lane.
//
//   embedded  N Canaries at rest, then rolled out all at once, on the embedded API; a bare N is short for it
//   real      the same on kube-apiserver, etcd and kube-controller-manager; needs KUBEBUILDER_ASSETS
//   growth    N Canaries at rest, up to 10,000
//
// Each part is a process of its own: the API, the agent as it is shipped (built into JavaScript), and this one, which
// marks pods ready 300 ms after they are wanted and answers every query of a metric with 100. Flags of Node for the agent,
// for a profile of it, are taken from BENCH_AGENT_NODE_FLAGS.
import { hasRealControlPlane } from '../test/support/real-control-plane.ts'
import { buildProgram } from './rollout/agent.ts'
import { lanesOf } from './rollout/lanes.ts'
import { measure } from './rollout/measure.ts'
import { headOf, rowOf } from './rollout/report.ts'

const lanes = lanesOf(process.argv.slice(2))
const program = await buildProgram()
try {
  for (const { name, sizes } of lanes) {
    if (name === 'real' && !hasRealControlPlane()) {
      process.stdout.write('\nreal: skipped, KUBEBUILDER_ASSETS names no folder with kube-apiserver\n')
      continue
    }
    process.stdout.write(headOf(name))
    for (const size of sizes) {
      const figures = await measure(name, size, program)
      process.stdout.write(rowOf(name, figures))
      if (size === 1 && figures.rollout) {
        process.stderr.write(`requests of one rollout: ${JSON.stringify(figures.rollout.byKind)}\n`)
      }
    }
  }
} finally {
  await program.remove()
}
