import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderTemplate } from './template.ts'

describe('templates', () => {
  const variables = { namespace: 'test', target: 'podinfo', interval: '1m', variables: { code: '5.*', low: '' } }
  const cases: readonly (readonly [string, string])[] = [
    ['up{ns="{{ namespace }}"}[{{interval}}]', 'up{ns="test"}[1m]'],
    ['{{ variables.code }}', '5.*'],
    ['{{- /* a comment */ -}} x {{- " y" }}', 'x y'],
    ['{{ printf "%s-%d%%" target 3 }}', 'podinfo-3%'],
    ['{{ target | printf "%s.%s" namespace }}', 'test.podinfo'],
    ['{{ if eq namespace "test" }}a{{ else if eq namespace "b" }}b{{ else }}c{{ end }}', 'a'],
    ['{{ if variables.low }}a{{ else }}c{{ end }}', 'c'],
    ['{{ range $k, $v := variables }}{{ $k }}={{ $v }};{{ end }}', 'code=5.*;low=;'],
    ['{{ $x := index variables "code" }}{{ $x }}', '5.*'],
    ['{{ with := }}', 'problem'],
    ['{{ if and (gt 2 1) (not false) }}yes{{ end }}', 'yes'],
    ['{{ variables.missing }}', 'problem'],
    ['{{ nothing }}', 'problem'],
    ['{{ if true }}', 'problem'],
    ['{{ target', 'problem'],
    ['{{ end }}', 'problem'],
    [`{{ printf "%q" target }}{{ \`}}\` }}`, '"podinfo"}}'],
  ]
  for (const [template, want] of cases) {
    it(`${JSON.stringify(template)} gives ${want}`, () => {
      const result = renderTemplate(template, variables)
      assert.equal('text' in result ? result.text : 'problem', want)
    })
  }

  it('say what is wrong with them', () => {
    assert.deepEqual(renderTemplate('{{ variables.missing }}', variables), {
      problem: 'map has no entry for key "missing"',
    })
    assert.deepEqual(renderTemplate('{{ nope }}', variables), { problem: 'function "nope" not defined' })
  })

  const many = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`k${at}`, 'x'.repeat(500)]))
  const block = (depth: number, inside: string) =>
    `${'{{ range variables }}'.repeat(depth)}${inside}${'{{ end }}'.repeat(depth)}`
  const abusive: readonly (readonly [string, string, RegExp])[] = [
    ['ranges in ranges', block(4, 'x'), /takes more than 20000 steps/],
    ['ranges in ranges that print', block(2, '{{ . }}'), /makes more than 262144 characters/],
    [
      'a variable that doubles',
      `{{ $x := "xxxxxxxx" }}{{ range variables }}{{ $x = print $x $x }}{{ end }}`,
      /makes more than 262144 characters/,
    ],
    ['a width', '{{ printf "%999999999s" target }}', /width or precision is too large/],
    ['a precision', '{{ printf "%.999f" 1 }}', /width or precision is too large/],
    ['blocks in blocks', `${'{{ if true }}'.repeat(5_000)}${'{{ end }}'.repeat(5_000)}`, /nested more than 100 deep/],
    ['parentheses', `{{ ${'('.repeat(15_000)} }}`, /nested more than 100 deep/],
  ]
  for (const [name, template, problem] of abusive) {
    it(`are refused when ${name} would cost too much`, () => {
      const result = renderTemplate(template, { target: 'podinfo', variables: many })
      assert.match('problem' in result ? result.problem : result.text.slice(0, 100), problem)
    })
  }

  it('know nothing of what values have by themselves', () => {
    assert.deepEqual(renderTemplate('{{ index variables "constructor" }}', { variables: {} }), { text: '' })
  })
})
