// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code under test replaces what is in them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BuildError } from './errors.ts'
import { checkedVariables, SubstitutionError, substitute } from './substitute.ts'

const variables = checkedVariables({ X: 'hello', E: '' })

describe('a variable in a manifest', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['${X}', 'hello'],
    ['${X:1:2}', 'el'],
    ['${X^^}', 'HELLO'],
    ['${#X}', '5'],
    ['${X//e/E}', 'hEllo'],
    ['${X%o}', 'hell'],
    ['${X##h*l}', 'o'],
    ['${Y:=d}', 'd'],
    ['${Y:-d}', 'd'],
    ['${Y=d}', 'd'],
    ['${E:=d}', 'd'],
    ['${Y:=${X}}', 'hello'],
    ['$X', '$X'],
    ['$(X)', '$(X)'],
    ['cost $5', 'cost $5'],
    ['$${X}', '${X}'],
    ['$$X', '$X'],
    ['${Y:?m}', 'm'],
    ['${Y:+a}', 'a'],
    ['${X:+a}', 'hello'],
    ['a ${X} b ${X}', 'a hello b hello'],
  ]
  for (const [text, want] of cases) it(`${text} becomes ${want}`, () => assert.equal(substitute(text, variables), want))

  const refused: readonly (readonly [string, string])[] = [
    ['${Y}', 'variable not set (strict mode): "Y"'],
    ['${X-d}', 'missing closing brace'],
    ['${X.y}', 'missing closing brace'],
    ['${X', 'missing closing brace'],
    ['${}', 'unable to parse variable name'],
  ]
  for (const [text, message] of refused) {
    it(`${text} is refused`, () => {
      assert.throws(
        () => substitute(text, variables),
        error => error instanceof SubstitutionError && error.message === message,
      )
    })
  }

  it('loses line breaks, and must have a name that a shell would take', () => {
    assert.equal(checkedVariables({ A: 'a\nb' }).get('A'), 'ab')
    assert.throws(() => checkedVariables({ 'a-b': '' }), BuildError)
  })
})
