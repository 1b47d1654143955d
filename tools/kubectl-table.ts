/** The kubectl commands that the conformance suite tries, as a page of the documentation. */
import { topics } from '../test/conformance/apiserver/topics.ts'
import { type ConformanceCase, dedent, type Topic } from '../test/conformance/case.ts'

interface Tried {
  readonly command: string
  /** `ok`, or how it ends when it is meant to fail. */
  readonly outcome: string
}

/** The whole page. */
export function kubectlReference(): string {
  const tried = topics.flatMap(topic => triedIn(topic))
  const byVerb = Map.groupBy(tried, ({ command }) => verbOf(command))
  const verbs = [...byVerb.keys()].sort()
  const rows = verbs.map(verb => {
    const commands = byVerb.get(verb) ?? []
    const failing = commands.filter(({ outcome }) => outcome !== 'ok').length
    return `| [${verb}](#${verb}) | ${commands.length - failing} | ${failing} | same | same |`
  })
  return [
    ...introduction(tried.length),
    ...rows,
    ...verbs.flatMap(verb => sectionOf(verb, byVerb.get(verb) ?? [])),
    '',
  ].join('\n')
}

function introduction(count: number): string[] {
  const cases = topics.reduce((sum, topic) => sum + topic.cases.length, 0)
  return [
    '# kubectl against the embedded API',
    '',
    '<!-- Generated from the conformance suite by tools/kubectl-reference.ts. -->',
    '',
    `The conformance suite has ${cases} cases. ${count} different kubectl commands stand in them with all that they print,`,
    'recorded from kube-apiserver 1.37.2 with etcd 3.7.0. The suite passes when the server under test makes kubectl print the',
    'same; times, ages, uids and versions are masked. `npm test` runs it against the embedded API, `npm run test:real`',
    'against the real one, so every command below has the same result on both.',
    '',
    '"Refused" are commands that are meant to fail, with their message and exit code.',
    '',
    '| Command | Commands that succeed | Refused | Real API | Embedded API |',
    '| --- | --- | --- | --- | --- |',
  ]
}

function sectionOf(verb: string, commands: readonly Tried[]): string[] {
  const rows = commands.map(({ command, outcome }) => `| \`${command.replaceAll('|', '\\|')}\` | ${outcome} |`)
  return ['', `## ${verb}`, '', '| Command | Result on both |', '| --- | --- |', ...rows]
}

/** `apply`, `get`, ...: the first word after `kubectl` and the environment before it. */
function verbOf(command: string): string {
  return /\bkubectl ([a-z-]+)/.exec(command)?.[1] ?? 'kubectl'
}

function triedIn(topic: Topic): Tried[] {
  return distinct(topic.cases.flatMap(sessionCommands))
}

function sessionCommands(test: ConformanceCase): Tried[] {
  if (!('session' in test)) return []
  const tried: { command: string; outcome: string }[] = []
  for (const line of dedent(test.session).split('\n')) {
    if (line.startsWith('$ ')) tried.push({ command: line.slice(2), outcome: 'ok' })
    const last = tried.at(-1)
    if (last && /^exit \d+$/.test(line)) last.outcome = line
  }
  return tried
}

function distinct(tried: readonly Tried[]): Tried[] {
  return [...new Map(tried.map(one => [`${one.command}\n${one.outcome}`, one])).values()]
}
