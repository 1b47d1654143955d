import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { redact } from './redact.ts'

describe('secrets are taken out of', () => {
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
  const cases: readonly (readonly [given: string, want: string])[] = [
    ['fetch https://me:pa55@git.test/x.git: 401', 'fetch https://***@git.test/x.git: 401'],
    ['ssh://git@git.test/x', 'ssh://***@git.test/x'],
    ['Authorization: Bearer abcdefgh123', 'Authorization: Bearer ***'],
    ['authorization: basic bWU6cGFzc3dvcmQ=', 'authorization: basic ***'],
    [`token ${jwt} is not valid`, 'token *** is not valid'],
    ['GET /hook?access_token=abc&x=1', 'GET /hook?access_token=***&x=1'],
    ['{"password":"p","user":"u"}', '{"password":"***","user":"u"}'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- end', '*** end'],
    ['client_secret=abc, next', 'client_secret=***, next'],
  ]
  for (const [given, want] of cases) it(given.split('\n')[0] ?? '', () => assert.equal(redact(given), want))
})

describe('nothing is taken out of', () => {
  const cases = [
    'Advance podinfo.test canary weight 10',
    'https://git.test/x@v1.2.3',
    'secret "web/tls" not found',
    'the basic rule and the bearer of news',
    'user@example.test wrote',
  ]
  for (const text of cases) it(text, () => assert.equal(redact(text), text))
})
