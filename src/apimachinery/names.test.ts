import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  configMapKeyProblems,
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  envVarNameProblems,
  labelValueProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
  wildcardDns1123SubdomainProblems,
} from './names.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const dns1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const qualified =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const cases: readonly [check: (value: string) => string[], value: string, want: readonly string[]][] = [
  [dns1123LabelProblems, 'my-name', []],
  [dns1123LabelProblems, 'a.b', ['must not contain dots']],
  [dns1123LabelProblems, 'My', [label]],
  [dns1123LabelProblems, '', [label]],
  [dns1123LabelProblems, 'a'.repeat(64), ['must be no more than 63 characters']],
  [dns1123SubdomainProblems, 'a.b-c', []],
  [dns1123SubdomainProblems, 'a_b', [subdomain]],
  [dns1123SubdomainProblems, `${'a'.repeat(254)}`, ['must be no more than 253 characters']],
  [dns1035LabelProblems, 'a1', []],
  [dns1035LabelProblems, '1a', [dns1035]],
  [qualifiedNameProblems, 'app.kubernetes.io/name', []],
  [qualifiedNameProblems, '/name', ['prefix part must be non-empty']],
  [qualifiedNameProblems, 'a/', ['name part must be non-empty', `name part ${qualified}`]],
  [qualifiedNameProblems, 'A/b', [`prefix part ${subdomain}`]],
  [qualifiedNameProblems, `a/${'b'.repeat(64)}`, ['name part must be no more than 63 bytes']],
  [
    qualifiedNameProblems,
    'a/b/c',
    [`a valid label key ${qualified} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
  ],
  [labelValueProblems, '', []],
  [labelValueProblems, 'a'.repeat(64), ['must be no more than 63 bytes']],
  [configMapKeyProblems, 'key.name', []],
  [configMapKeyProblems, '..', ["must not be '..'"]],
  [configMapKeyProblems, '..a', ["must not start with '..'"]],
  [envVarNameProblems, 'A B', []],
  [
    envVarNameProblems,
    'A=B',
    ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
  ],
  [portNameProblems, 'http', []],
  [portNameProblems, 'http--1', ['must not contain consecutive hyphens']],
  [portNameProblems, '80', ['must contain at least one letter (a-z)']],
  [wildcardDns1123SubdomainProblems, '*.example.com', []],
]

describe('names', () => {
  for (const [check, value, want] of cases) {
    it(`${check.name} of ${JSON.stringify(value)}`, () => assert.deepEqual(check(value), want))
  }
  it('ports are 1 to 65535', () => {
    assert.deepEqual(
      [0, 1, 65535, 65536, 1.5].map(port => portNumberProblems(port).length),
      [1, 0, 0, 1, 1],
    )
  })
})
