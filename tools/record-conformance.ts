// Writes what a real API server answers into the tables of the conformance suite.
//
//   KUBEBUILDER_ASSETS=... tools/record-conformance.ts [--case TEXT] test/conformance/apiserver/FILE.ts ...
//
// Sessions are replayed from their commands, answers from their requests; the outcome replaces the literal in the
// source. For new cases and for a new version of Kubernetes: read the difference before it is committed.
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Json, Status } from '../src/apimachinery/meta.ts'
import {
  type Answer,
  answerOf,
  type ConformanceCase,
  dedent,
  type ExchangeCase,
  failure,
  invalid,
  playedSession,
  type SessionCase,
  type Topic,
} from '../test/conformance/case.ts'
import { newCaseContext } from '../test/conformance/context.ts'
import { type ConformanceTarget, conformanceTarget } from '../test/support/target.ts'

const { values, positionals } = parseArgs({ options: { case: { type: 'string' } }, allowPositionals: true })
const target = await conformanceTarget({ ...process.env, SERIN_CONFORMANCE: 'real' })
try {
  for (const file of positionals) await recordFile(file)
} finally {
  await target.close()
}

async function recordFile(file: string): Promise<void> {
  const module: Record<string, unknown> = await import(path.resolve(file))
  const topics = Object.values(module).filter(isTopic)
  let source = await readFile(file, 'utf8')
  for (const test of topics.flatMap(topic => topic.cases)) {
    if (!test.name.includes(values.case ?? '')) continue
    try {
      const updated = await recordCase(target, test, source)
      if (updated !== source) process.stdout.write(`recorded: ${test.name}\n`)
      source = updated
    } catch (error) {
      process.stdout.write(`FAILED: ${test.name}: ${error}\n`)
    }
  }
  await writeFile(file, source)
  spawnSync('biome', ['check', '--write', file], { stdio: 'inherit' })
}

async function recordCase(server: ConformanceTarget, test: ConformanceCase, source: string): Promise<string> {
  if ('run' in test) return source
  const context = await newCaseContext(server)
  try {
    if ('session' in test) {
      const session = await playedSession(test, context)
      return session === dedent(test.session) ? source : withSession(source, test, session)
    }
    return withAnswer(source, test, await answerOf(test, context))
  } finally {
    await context.close()
  }
}

function withSession(source: string, test: SessionCase, session: string): string {
  const start = source.indexOf('session: `', positionOf(source, test)) + 'session: `'.length
  let end = start
  while (source[end] !== '`') end += source[end] === '\\' ? 2 : 1
  const indent = /[ ]*$/.exec(source.slice(0, source.lastIndexOf('session:', start)))?.[0] ?? ''
  const lines = session
    .replaceAll(/[\\`]|\$\{/g, '\\$&')
    .split('\n')
    .map(line => (line === '' ? '' : `${indent}  ${line}`))
  return `${source.slice(0, start)}\n${lines.join('\n')}\n${indent}${source.slice(end)}`
}

function withAnswer(source: string, test: ExchangeCase, answer: Answer): string {
  if (JSON.stringify(answer) === JSON.stringify(test.want)) return source
  const start = source.indexOf('want: ', positionOf(source, test)) + 'want: '.length
  return source.slice(0, start) + expressionFor(answer) + source.slice(endOfExpression(source, start))
}

function expressionFor(answer: Answer): string {
  const status = answer.body as Record<string, Json>
  if (answer.headers === undefined && status?.['kind'] === 'Status' && status['status'] === 'Failure') {
    const { reason, message, details } = answer.body as unknown as Status
    const short = failure(answer.code, reason, message ?? '', details)
    const isEqual = (other: Json) => JSON.stringify(sorted(other)) === JSON.stringify(sorted(answer.body))
    const causes = details?.causes?.map(cause => `${cause.reason} ${cause.field}: ${cause.message}`) ?? []
    const subject = message?.slice(0, message.indexOf(' is invalid: ')) ?? ''
    if (causes.length > 0 && isEqual(invalid(subject, ...causes).body)) {
      return `invalid(${[subject, ...causes].map(text => JSON.stringify(text)).join(', ')})`
    }
    const parts = [answer.code, reason, message, ...(details === undefined ? [] : [details])]
    if (isEqual(short.body)) return `failure(${parts.map(part => JSON.stringify(part) ?? 'undefined').join(', ')})`
  }
  return JSON.stringify(answer)
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The end of the expression at `start`: the comma or brace that closes it. */
function endOfExpression(source: string, start: number): number {
  let depth = 0
  for (let at = start; at < source.length; at++) {
    const char = source[at] ?? ''
    if (`'"\``.includes(char)) {
      at++
      while (source[at] !== char) at += source[at] === '\\' ? 2 : 1
    } else if ('({['.includes(char)) depth++
    else if (')}]'.includes(char) && depth-- === 0) return at
    else if (char === ',' && depth === 0) return at
  }
  throw new Error(`no end of the expression at ${start}`)
}

function positionOf(source: string, test: ConformanceCase): number {
  const quoted = [`'${test.name.replaceAll("'", "\\'")}'`, JSON.stringify(test.name)]
  const found = quoted.map(text => source.indexOf(`name: ${text}`)).find(at => at >= 0)
  if (found === undefined) throw new Error(`no case of that name in the source`)
  return found
}

function isTopic(value: unknown): value is Topic {
  return typeof value === 'object' && value !== null && 'cases' in value && 'title' in value
}
