import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { isRange, linkLocalRanges, newAddressGuard, RefusedAddressError } from './address-guard.ts'
import { systemClock } from './clock.ts'
import { type HttpSender, newHttpSender, OutboundError } from './http-sender.ts'

describe('an address guard', () => {
  const guard = newAddressGuard(linkLocalRanges)
  const refused = [
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.0.1:8080/',
    'http://2852039166/', // the same as one number
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://0251.0376.0251.0376/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
  ]
  for (const url of refused) {
    it(`refuses ${url}`, () => assert.throws(() => guard.checkUrl(url), RefusedAddressError))
  }
  for (const url of [
    'http://10.0.0.1/',
    'http://127.0.0.1/',
    'http://example.test/',
    'http://[2001:db8::1]/',
    'http://169.253.1.1/',
  ]) {
    it(`lets ${url} pass`, () => assert.doesNotThrow(() => guard.checkUrl(url)))
  }

  it('refuses a name that leads to a refused address', async () => {
    const loopback = newAddressGuard(['127.0.0.0/8', '::1/128'])
    const result = await new Promise<Error | null>(resolve => {
      loopback.lookup('localhost', { all: true }, error => resolve(error))
    })
    assert.ok(result instanceof RefusedAddressError)
    assert.match(result.message, /^localhost \((127\.0\.0\.1|::1)\) is a link-local or metadata address/)
  })
})

describe('an address range', () => {
  for (const text of ['10.0.0.0/8', 'fe80::/10', '::1/128', '0.0.0.0/0']) {
    it(`may be ${text}`, () => assert.ok(isRange(text)))
  }
  for (const text of ['10.0.0.0', '10.0.0.0/33', 'fe80::/129', 'example.test/8', '10.0.0.0/x', '']) {
    it(`may not be ${JSON.stringify(text)}`, () => assert.ok(!isRange(text)))
  }
})

describe('requests for users', () => {
  let server: Server
  let origin: string
  let http: HttpSender
  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/metadata') response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end()
      else if (request.url === '/name') response.writeHead(307, { location: `http://localhost:${port()}/` }).end()
      else response.end('ok')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${port()}`
    http = newHttpSender({ clock: systemClock })
  })
  after(async () => {
    await http.close()
    server.closeAllConnections()
    server.close()
  })
  const port = () => (server.address() as AddressInfo).port
  const send = (url: string, sender = http) => sender.send({ method: 'POST', url, timeoutMs: 5_000 })
  const reasonOf = (sent: Promise<unknown>) =>
    sent.then(
      () => 'answered',
      error => (error instanceof OutboundError ? error.reason : String(error)),
    )

  it('go where they are sent', async () => {
    assert.equal((await send(`${origin}/`)).text, 'ok')
    assert.equal((await send(`${origin}/name`)).text, 'ok')
  })

  it('do not go to a metadata service, also by a redirect', async () => {
    assert.equal(await reasonOf(send('http://169.254.169.254/latest/')), 'RefusedAddress')
    assert.equal(await reasonOf(send(`${origin}/metadata`)), 'RefusedAddress')
  })

  it('do not go to a name that leads to a refused address, also by a redirect', async () => {
    const strict = newHttpSender({ clock: systemClock, refusedAddresses: ['::1/128', '127.0.0.2/32', '127.0.0.1/32'] })
    assert.equal(await reasonOf(send(`http://localhost:${port()}/`, strict)), 'RefusedAddress')
    assert.equal(await reasonOf(send(`${origin}/`, strict)), 'RefusedAddress')
    await strict.close()
  })
})
