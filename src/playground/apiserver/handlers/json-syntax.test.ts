import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { jsonSyntaxProblem } from './json-syntax.ts'

// The words of Go's encoding/json for the same texts.
const cases: readonly (readonly [text: string, problem: string])[] = [
  ['', 'unexpected end of JSON input'],
  ['{', 'unexpected end of JSON input'],
  ['{"a"', 'unexpected end of JSON input'],
  ['tru', 'unexpected end of JSON input'],
  ['hello', "invalid character 'h' looking for beginning of value"],
  ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{} {}', "invalid character '{' after top-level value"],
  ['trxe', "invalid character 'x' in literal true (expecting 'u')"],
  ['01', "invalid character '1' after top-level value"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
]

describe('a text that is no JSON', () => {
  for (const [text, problem] of cases) {
    it(`${JSON.stringify(text)}: ${problem}`, () => assert.equal(jsonSyntaxProblem(text), problem))
  }
})
