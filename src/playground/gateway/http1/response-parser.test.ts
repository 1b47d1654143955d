import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AnswerError, ResponseParser } from './response-parser.ts'

interface Seen {
  readonly answers: { status: number; headers: string[]; body: string; reusable?: boolean }[]
  readonly error?: string
}

/** What a parser tells of `pieces`, asked for one answer to each of `methods`. */
function parse(pieces: readonly string[], methods: readonly string[] = ['GET'], close = false): Seen {
  const answers: Seen['answers'] = []
  const left = [...methods]
  const next = () => {
    const method = left.shift()
    if (method) parser.expect(method)
  }
  const parser = new ResponseParser({
    answerStarts: (status, headers) => answers.push({ status, headers, body: '' }),
    answerData: bytes => {
      const last = answers.at(-1)
      if (last) last.body += bytes.toString('latin1')
    },
    answerEnds: reusable => {
      Object.assign(answers.at(-1) ?? {}, { reusable })
      next()
    },
  })
  next()
  try {
    for (const piece of pieces) parser.take(Buffer.from(piece, 'latin1'))
    if (close && !parser.close()) return { answers, error: 'closed too early' }
    return { answers }
  } catch (error) {
    assert.ok(error instanceof AnswerError)
    return { answers, error: error.message }
  }
}

const ok = 'HTTP/1.1 200 OK\r\n'
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`

const cases: readonly { name: string; text: string; methods?: readonly string[]; close?: boolean; want: Seen }[] = [
  {
    name: 'a body of a length',
    text: `${ok}Content-Length: 2\r\nX-A:  b \r\n\r\nok`,
    want: { answers: [{ status: 200, headers: ['Content-Length', '2', 'X-A', 'b'], body: 'ok', reusable: true }] },
  },
  {
    name: 'no body where the length is 0',
    text: `${ok}content-length: 0\r\n\r\n`,
    want: { answers: [{ status: 200, headers: ['content-length', '0'], body: '', reusable: true }] },
  },
  {
    name: 'chunks with extensions and trailers',
    text: `${chunked}3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\n`,
    want: {
      answers: [{ status: 200, headers: ['transfer-encoding', 'chunked'], body: 'abc0123456789', reusable: true }],
    },
  },
  {
    name: 'a body until the end of the connection',
    text: `${ok}\r\nabc`,
    close: true,
    want: { answers: [{ status: 200, headers: [], body: 'abc', reusable: false }] },
  },
  {
    name: 'HTTP/1.0, which ends with the connection',
    text: 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na',
    want: { answers: [{ status: 200, headers: ['content-length', '1'], body: 'a', reusable: false }] },
  },
  {
    name: 'connection: close',
    text: `${ok}connection: x, Close\r\ncontent-length: 1\r\n\r\na`,
    want: {
      answers: [
        { status: 200, headers: ['connection', 'x, Close', 'content-length', '1'], body: 'a', reusable: false },
      ],
    },
  },
  {
    name: 'no body of HEAD, 204 and 304, whatever the length says',
    text: `${ok}content-length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304\r\ncontent-length: 9\r\n\r\n`,
    methods: ['HEAD', 'GET', 'GET'],
    want: {
      answers: [
        { status: 200, headers: ['content-length', '5'], body: '', reusable: true },
        { status: 204, headers: [], body: '', reusable: true },
        { status: 304, headers: ['content-length', '9'], body: '', reusable: true },
      ],
    },
  },
  {
    name: 'informational answers before the real one',
    text: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n${ok}content-length: 1\r\n\r\na`,
    want: { answers: [{ status: 200, headers: ['content-length', '1'], body: 'a', reusable: true }] },
  },
]

const bad: readonly { name: string; text: string; methods?: readonly string[]; error: string }[] = [
  { name: 'what is no HTTP', text: 'hello\r\n\r\n', error: 'the first line is no status line' },
  { name: 'an upgrade', text: 'HTTP/1.1 101 Switching\r\n\r\n', error: 'an upgrade that nobody asked for' },
  { name: 'a line without a colon', text: `${ok}abc\r\n\r\n`, error: 'a line of the head is no header' },
  { name: 'a length that is no number', text: `${ok}content-length: 1x\r\n\r\n`, error: 'the length is no number' },
  {
    name: 'two lengths',
    text: `${ok}content-length: 1\r\ncontent-length: 2\r\n\r\n`,
    error: 'the length is no number',
  },
  { name: 'a size of a chunk that is no number', text: `${chunked}x\r\n`, error: 'the size of a chunk is no number' },
  { name: 'a chunk that goes on', text: `${chunked}1\r\nabc\r\n`, error: 'a chunk is longer than it says' },
  { name: 'a head without end', text: `${ok}a: ${'x'.repeat(100_000)}`, error: 'the head is too long' },
  { name: 'a line of a chunk without end', text: chunked + '1'.repeat(2000), error: 'a line of a chunk is too long' },
  { name: 'an answer to nothing', text: `${ok}content-length: 0\r\n\r\nx`, error: 'an answer that nobody asked for' },
]

describe('ResponseParser', () => {
  for (const { name, text, methods, close, want } of cases) {
    it(`reads ${name}`, () => assert.deepEqual(parse([text], methods, close), want))
    it(`reads ${name}, in any pieces`, () => {
      const cuts = fc.array(fc.integer({ min: 1, max: text.length }), { maxLength: 6 })
      fc.assert(
        fc.property(cuts, at => {
          const bounds = [0, ...at.toSorted((a, b) => a - b), text.length]
          const pieces = bounds.slice(1).map((end, index) => text.slice(bounds[index], end))
          assert.deepEqual(parse(pieces, methods, close), want)
        }),
      )
    })
  }
  for (const { name, text, error } of bad) {
    it(`refuses ${name}`, () => assert.equal(parse([text]).error, error))
  }
  it('tells an end that comes too early', () => {
    for (const text of [ok, `${ok}content-length: 2\r\n\r\na`, `${chunked}5\r\nabc`, `${chunked}0\r\n`])
      assert.equal(parse([text], ['GET'], true).error, 'closed too early')
  })
})
