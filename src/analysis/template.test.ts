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
})
