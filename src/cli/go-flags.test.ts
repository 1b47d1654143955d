import assert from 'node:assert/strict'
import { it } from 'node:test'
import { systemClock } from '../runtime/clock.ts'
import { withTwoDashes } from './go-flags.ts'
import { newProgram } from './program.ts'

const cases: readonly { name: string; given: readonly string[]; want: readonly string[] }[] = [
  {
    name: 'one dash is as good as two for the agent',
    given: ['agent', '-mesh-provider=istio', '--port=1'],
    want: ['agent', '--mesh-provider=istio', '--port=1'],
  },
  { name: 'short flags and negative numbers stay', given: ['agent', '-f', '-1'], want: ['agent', '-f', '-1'] },
  {
    name: 'a name that begins with no- is kept from its opposite',
    given: ['agent', '-no-cross-namespace-refs=true'],
    want: ['agent', '--refuse-cross-namespace-refs=true'],
  },
  { name: 'other commands are left alone', given: ['kubectl', '-namespace=x'], want: ['kubectl', '-namespace=x'] },
]
for (const { name, given, want } of cases) it(name, () => assert.deepEqual(withTwoDashes(given), want))

/** The switches of the agent as a command line sets them; undefined where it is refused. */
function switchesOf(...args: readonly string[]): readonly unknown[] | undefined {
  const io = {
    out: () => {},
    err: () => {},
    env: {},
    cwd: '/',
    clock: systemClock,
    isTerminal: false,
    hasColour: false,
    width: () => 80,
    height: () => 24,
    signal: new AbortController().signal,
  }
  const agent = newProgram(io).commands.find(command => command.name() === 'agent')
  assert.ok(agent)
  agent.action(() => {})
  try {
    agent.parse(withTwoDashes(['agent', ...args]).slice(1), { from: 'user' })
  } catch {
    return undefined
  }
  const { enableConfigTracking, refuseCrossNamespaceRefs, enableLeaderElection } = agent.opts()
  return [enableConfigTracking, refuseCrossNamespaceRefs, enableLeaderElection]
}

const switches: readonly { name: string; given: readonly string[]; want: readonly unknown[] | undefined }[] = [
  { name: 'switches have defaults', given: [], want: [true, true, false] },
  {
    name: 'switches are on when they are named',
    given: ['-enable-config-tracking', '-no-cross-namespace-refs', '-enable-leader-election'],
    want: [true, true, true],
  },
  {
    name: 'switches take what Go takes for true',
    given: ['-enable-config-tracking=1', '-no-cross-namespace-refs=TRUE', '-enable-leader-election=t'],
    want: [true, true, true],
  },
  {
    name: 'switches take what Go takes for false',
    given: ['-enable-config-tracking=0', '-no-cross-namespace-refs=F', '-enable-leader-election=False'],
    want: [false, false, false],
  },
  { name: 'a switch that is neither is refused', given: ['-no-cross-namespace-refs=yes'], want: undefined },
]
for (const { name, given, want } of switches) it(name, () => assert.deepEqual(switchesOf(...given), want))
