import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CommanderError } from 'commander'
import { systemClock } from '../runtime/clock.ts'
import { withTwoDashes } from './go-flags.ts'
import type { Io } from './io.ts'
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
  {
    name: "names may have underscores, as klog's do, and its verbosity has one letter",
    given: ['agent', '-log_dir=/tmp', '-v=2', '-v', '3', '--v=4', '-version'],
    want: ['agent', '--log_dir=/tmp', '--v=2', '--v', '3', '--v=4', '--version'],
  },
  { name: 'the letter alone is nothing to others', given: ['manager', '-v'], want: ['manager', '-v'] },
  { name: 'other commands are left alone', given: ['kubectl', '-namespace=x'], want: ['kubectl', '-namespace=x'] },
]
for (const { name, given, want } of cases) it(name, () => assert.deepEqual(withTwoDashes(given), want))

const silentIo: Io = {
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

/** The agent's part of the parser, with what it prints. */
function parsed(...args: readonly string[]) {
  let out = ''
  const io = {
    ...silentIo,
    out: (text: string) => {
      out += text
    },
  }
  const agent = newProgram(io).commands.find(command => command.name() === 'agent')
  assert.ok(agent)
  agent.action(() => {})
  try {
    agent.parse(withTwoDashes(['agent', ...args]).slice(1), { from: 'user' })
    return { out, options: agent.opts() }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { out, ended: error.exitCode }
  }
}

/** The switches of the agent as a command line sets them; undefined where it is refused. */
function switchesOf(...args: readonly string[]): readonly unknown[] | undefined {
  const { options } = parsed(...args)
  if (!options) return undefined
  const { enableConfigTracking, refuseCrossNamespaceRefs, enableLeaderElection } = options
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

const verbosities = [
  '-v=2',
  '-v 2',
  '--v=2',
  '--v 2',
  '-v=0 -logtostderr -vmodule=gc=2',
  '-alsologtostderr=false -log_dir=/tmp',
]
for (const line of verbosities) {
  it(`klog's flags change nothing else: ${line}`, () => {
    const { options } = parsed(...line.split(' '), '-mesh-provider=linkerd')
    assert.equal(options?.['meshProvider'], 'linkerd')
    assert.equal(options?.['logLevel'], 'info')
  })
}

it('a verbosity that is no number is refused, as are flags that neither Flagger nor klog has', () => {
  for (const arg of ['-v=much', '-log_dirs=/tmp', '-w']) assert.equal(parsed(arg).ended, 1, arg)
})

for (const arg of ['-version', '--version']) {
  it(`${arg} prints the version and ends well`, () =>
    assert.deepEqual(parsed(arg), { out: `${newProgram(silentIo).version()}\n`, ended: 0 }))
}
