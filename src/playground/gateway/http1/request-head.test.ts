import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPlainRequest } from './request-head.ts'

const read = (text: string) => readPlainRequest(Buffer.from(text, 'latin1'))
const get = (headers: string, rest = '') => `GET /a?b=c HTTP/1.1\r\nHost: web\r\n${headers}\r\n${rest}`

describe('readPlainRequest', () => {
  it('reads a request without a body', () => {
    const text = get('X-A: \t b\tc \r\nx-a: d\r\nCookie: a=b\r\ncookie: c=d\r\n')
    const found = read(text)
    assert.deepEqual(
      [found?.request.method, found?.request.url, found?.request.rawHeaders, found?.bytes, found?.keepAlive],
      [
        'GET',
        '/a?b=c',
        ['Host', 'web', 'X-A', 'b\tc', 'x-a', 'd', 'Cookie', 'a=b', 'cookie', 'c=d'],
        text.length,
        true,
      ],
    )
    assert.deepEqual(
      ['host', 'x-a', 'cookie', 'none'].map(name => found?.request.header(name)),
      ['web', 'b\tc, d', 'a=b; c=d', undefined],
    )
  })

  it('reads a body that is there, and leaves what follows', () => {
    const text = get('content-length: 3\r\nconnection: Close\r\n', 'abcGET ')
    const found = read(text)
    const bodies: unknown[] = []
    found?.request.takeBody(body => bodies.push(body))
    assert.deepEqual(bodies, [{ kept: Buffer.from('abc') }])
    assert.deepEqual([found?.bytes, found?.keepAlive], [text.length - 4, false])
  })

  const left: readonly { name: string; text: string }[] = [
    { name: 'a head that is not whole', text: 'GET / HTTP/1.1\r\nHost: web\r\n' },
    { name: 'a body that is not whole', text: get('content-length: 3\r\n', 'ab') },
    { name: 'a body of more than 64 KB', text: get('content-length: 70000\r\n', 'x'.repeat(70_000)) },
    { name: 'HTTP/1.0', text: 'GET / HTTP/1.0\r\nHost: web\r\n\r\n' },
    { name: 'no host', text: 'GET / HTTP/1.1\r\nA: b\r\n\r\n' },
    { name: 'two hosts', text: get('Host: other\r\n') },
    { name: 'a method that is not common', text: 'CONNECT a:80 HTTP/1.1\r\nHost: web\r\n\r\n' },
    { name: 'a blank in the target', text: 'GET /a b HTTP/1.1\r\nHost: web\r\n\r\n' },
    { name: 'a target of other than visible ASCII', text: 'GET /\xe4 HTTP/1.1\r\nHost: web\r\n\r\n' },
    { name: 'no target', text: 'GET  HTTP/1.1\r\nHost: web\r\n\r\n' },
    { name: 'chunks', text: get('Transfer-Encoding: chunked\r\n', '0\r\n\r\n') },
    { name: 'an upgrade', text: get('Upgrade: websocket\r\nConnection: upgrade\r\n') },
    { name: 'headers named by connection', text: get('X: 1\r\nConnection: x\r\n') },
    { name: 'an expectation', text: get('Expect: 100-continue\r\ncontent-length: 1\r\n', 'a') },
    { name: 'two lengths', text: get('content-length: 1\r\ncontent-length: 1\r\n', 'a') },
    { name: 'a length with a sign', text: get('content-length: +1\r\n', 'a') },
    { name: 'a blank before the colon', text: get('X : a\r\n') },
    { name: 'a folded header', text: get('X: a\r\n b\r\n') },
    { name: 'a line without a colon', text: get('abc\r\n') },
    { name: 'an empty name', text: get(': a\r\n') },
    { name: 'a control character in a value', text: get('X: a\x00b\r\n') },
    { name: 'a newline alone', text: get('X: a\nY: b\r\n') },
    { name: 'a carriage return alone', text: get('X: a\rY: b\r\n') },
    { name: 'the preface of HTTP/2', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
    { name: 'an empty line first', text: `\r\n${get('')}` },
  ]
  for (const { name, text } of left) {
    it(`leaves ${name} to Node`, () => assert.equal(read(text), undefined))
  }
})
