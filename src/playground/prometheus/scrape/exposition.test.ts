import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ExpositionError, parseExposition, parseHead } from './exposition.ts'

describe('parseExposition', () => {
  it('reads samples, timestamps and metadata of the text format', () => {
    const text = [
      '# HELP http_requests_total The total\\nnumber.',
      '# TYPE http_requests_total counter',
      'http_requests_total{method="post",code="200"} 1027 1395066363000',
      'http_requests_total{method="a } \\"b\\"",} 3',
      '',
      '# just a comment',
      'up +Inf',
      '  spaced   -1.5e-3 ',
      'nan NaN',
    ].join('\r\n')
    const { samples, metadata } = parseExposition(text)
    assert.deepEqual(samples, [
      { head: 'http_requests_total{method="post",code="200"}', value: 1027, atMs: 1395066363000 },
      { head: 'http_requests_total{method="a } \\"b\\"",}', value: 3 },
      { head: 'up', value: Number.POSITIVE_INFINITY },
      { head: 'spaced', value: -0.0015 },
      { head: 'nan', value: Number.NaN },
    ])
    assert.deepEqual(Object.fromEntries(metadata), {
      http_requests_total: { type: 'counter', help: 'The total\nnumber.', unit: '' },
    })
  })

  it('reads seconds and leaves exemplars out of OpenMetrics', () => {
    const text = 'a_bucket{le="1"} 4 1.5 # {trace_id="x"} 0.5 1.2\nb 1 # {t="1"} 2\n# EOF\nignored 1\n'
    assert.deepEqual(parseExposition(text, 'application/openmetrics-text; version=1.0.0').samples, [
      { head: 'a_bucket{le="1"}', value: 4, atMs: 1500 },
      { head: 'b', value: 1 },
    ])
  })

  const wrong = ['<html>', 'a', 'a x', 'a{b="c" 1', 'a 1 2 3', 'a 1 yesterday', '{', '\u0000\u0001binary']
  for (const line of wrong) {
    it(`names the line of ${JSON.stringify(line)}`, () => {
      assert.throws(
        () => parseExposition(`ok 1\n${line}\n`),
        (error: Error) => error instanceof ExpositionError && error.message.startsWith('line 2: '),
      )
    })
  }
})

describe('parseHead', () => {
  const cases: readonly { head: string; want: readonly (readonly [string, string])[] }[] = [
    { head: 'up', want: [['__name__', 'up']] },
    { head: 'up{}', want: [['__name__', 'up']] },
    {
      head: 'up { a = "b" , c="d\\n\\\\\\"" , }',
      want: [
        ['__name__', 'up'],
        ['a', 'b'],
        ['c', 'd\n\\"'],
      ],
    },
    {
      head: '{"my.metric","a.b"="c"}',
      want: [
        ['__name__', 'my.metric'],
        ['a.b', 'c'],
      ],
    },
  ]
  for (const { head, want } of cases) it(`reads ${head}`, () => assert.deepEqual(parseHead(head), want))

  for (const head of ['{a="b"}', 'up{a}', 'up{a=b}', 'up{=}']) {
    it(`refuses ${head}`, () => assert.throws(() => parseHead(head)))
  }
})
