/** The three forms of a conformance case, and how one runs. Every case runs on every server. */
import assert from 'node:assert/strict'
import type { Json, JsonObject, Status, StatusCause, StatusDetails } from '../../src/apimachinery/meta.ts'
import { hideProse, managersInOrder } from '../support/mask.ts'
import type { ConformanceTarget, Feature } from '../support/target.ts'
import type { CaseContext } from './context.ts'

interface CaseBase {
  /** What holds, as a sentence. */
  readonly name: string
  readonly needs?: readonly Feature[]
  /** Set where the case sees or changes what others see (custom kinds by bare name, all namespaces): nothing else runs. */
  readonly alone?: true
}

/**
 * A terminal session: lines that start with `$ ` are commands, the lines below each are what it prints. Lines of standard
 * error are marked `! `, an exit code other than 0 is the last line. `ns-case` stands for the case's own namespace.
 */
export interface SessionCase extends CaseBase {
  readonly session: string
  /** Files that the commands may name. */
  readonly files?: Readonly<Record<string, string>>
  /** Descriptions in the output of `kubectl explain` are left out. */
  readonly hidesProse?: true
}

/** One request and its whole answer. */
export interface ExchangeCase extends CaseBase {
  /** Objects that are there before. */
  readonly given?: readonly JsonObject[]
  /** Requests that succeed before. */
  readonly first?: readonly Exchange[]
  readonly send: Exchange
  /** The server gives the causes in an order of chance; they are compared in the order of the alphabet. */
  readonly anyOrder?: true
  readonly want: Answer
}

/** A program, for what the other two cannot say. */
export interface ProgramCase extends CaseBase {
  readonly run: (context: CaseContext) => Promise<void>
}

/** A request. `line` is `METHOD path`; a body that is not text is sent as JSON. */
export interface Exchange {
  readonly line: string
  readonly body?: string | JsonObject | readonly Json[]
  /** Over the defaults: the administrator's token, JSON in and out. A null removes the default. */
  readonly headers?: Readonly<Record<string, string | null>>
}

/** An answer; a body that is not JSON is text. */
export interface Answer {
  readonly code: number
  readonly body: Json
  /** Only those headers that the case is about. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A case of any form. */
export type ConformanceCase = SessionCase | ExchangeCase | ProgramCase

/** Cases that share a subject. */
export interface Topic {
  readonly title: string
  readonly cases: readonly ConformanceCase[]
}

/** An answer that is a failure, with its whole Status as the body. */
export function failure(code: number, reason: string | undefined, message: string, details?: StatusDetails): Answer {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  }
  // Its parts are all JSON; the interface of the details has no index signature that would say so.
  return { code, body: body as unknown as Json }
}

/**
 * The answer to an object that breaks rules of its kind. `subject` is the kind (with its group) and the quoted name, each
 * cause its reason, field and message: `FieldValueRequired spec.selector: Required value`.
 */
export function invalid(subject: string, ...causes: readonly string[]): Answer {
  const [, kind = '', group, name = ''] = /^(\w*)(?:\.(\S+))? "(.*)"$/.exec(subject) ?? []
  const texts = causes.map(cause => cause.slice(cause.indexOf(' ') + 1))
  const details: StatusDetails = {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind,
    causes: causes.map((cause, index) => {
      const [field = '', ...message] = (texts[index] ?? '').split(': ')
      return { reason: cause.slice(0, cause.indexOf(' ')), message: message.join(': '), field }
    }),
  }
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return failure(422, 'Invalid', `${subject} is invalid: ${list}`, details)
}

/** What the server lacks of what the case needs, as the reason to skip it; false when nothing. */
export function missingFeature(target: ConformanceTarget, test: ConformanceCase): string | false {
  const missing = test.needs?.find(feature => !target.features.has(feature))
  return missing ? `${target.name} has no ${missing}` : false
}

/** Runs a case and throws where the server differs. */
export async function runCase(test: ConformanceCase, context: CaseContext): Promise<void> {
  if ('run' in test) return test.run(context)
  if ('session' in test) {
    return assert.equal(await playedSession(test, context), dedent(test.session))
  }
  // Answers are JSON, which their interfaces cannot say.
  const comparable = (answer: Answer) => managersInOrder(answer as unknown as Json)
  assert.deepEqual(comparable(await answerOf(test, context)), comparable(test.want))
}

/** Brings the server to where the case begins, sends its request and gives the answer. */
export async function answerOf(test: ExchangeCase, context: CaseContext): Promise<Answer> {
  for (const object of test.given ?? []) await context.create(object)
  for (const exchange of test.first ?? []) {
    const answer = await context.send(exchange)
    if (answer.code >= 300) throw new Error(`${exchange.line}: ${JSON.stringify(answer.body)}`)
  }
  const answer = await context.exchange(test.send, Object.keys(test.want.headers ?? {}))
  return test.anyOrder ? inOrder(answer) : answer
}

/** A failure with its causes sorted, and with its message put together again from them. */
function inOrder(answer: Answer): Answer {
  // What is not a failure passes through unchanged: it has no causes.
  const status = answer.body as unknown as Status
  const causes = status.details?.causes ?? []
  const list = (parts: readonly StatusCause[]) =>
    `[${parts.map(cause => `${cause.field}: ${cause.message}`).join(', ')}]`
  const sorted = [...causes].sort((a, b) => (list([a]) < list([b]) ? -1 : 1))
  const message = status.message?.replace(list(causes), list(sorted))
  const body = { ...status, message, details: { ...status.details, causes: sorted } }
  return { ...answer, body: body as unknown as Json }
}

/** Runs the commands of a session and gives what a terminal shows then. */
export async function playedSession(test: SessionCase, context: CaseContext): Promise<string> {
  const session = await context.playSession(commandsOf(test.session), test.files)
  return (test.hidesProse ? hideProse(session) : session).trimEnd()
}

/** The command lines of a session, each as it stands after `$ `. */
export function commandsOf(session: string): string[] {
  return session
    .split('\n')
    .map(line => line.trimStart())
    .filter(line => line.startsWith('$ '))
    .map(line => line.slice(2))
}

/** Removes the indentation that all lines share, and the empty first and last line. */
export function dedent(text: string): string {
  const lines = text.replace(/^\n/, '').trimEnd().split('\n')
  const shared = Math.min(...lines.filter(line => line.trim() !== '').map(line => line.search(/\S/)))
  return lines.map(line => line.slice(shared).trimEnd()).join('\n')
}
