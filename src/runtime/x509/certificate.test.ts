import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { X509Certificate as ReferenceCertificate } from '@peculiar/x509'
import { certify } from './certificate.ts'

const notBefore = new Date('2026-01-01T00:00:00Z')
const notAfter = new Date('2051-01-02T03:04:05Z')
const authority = certify({ commonName: 'an authority', notBefore, notAfter })
const server = certify({
  commonName: 'a server',
  notBefore,
  notAfter,
  issuer: authority.issuer,
  dnsNames: ['localhost'],
  ipAddresses: [Buffer.of(127, 0, 0, 1)],
})

describe('a certificate', () => {
  it('is signed by its authority, which signs itself', () => {
    const ca = new X509Certificate(authority.certificatePem)
    const leaf = new X509Certificate(server.certificatePem)
    assert.ok(ca.ca)
    assert.ok(ca.verify(ca.publicKey))
    assert.ok(leaf.verify(ca.publicKey))
    assert.ok(leaf.checkIssued(ca))
    assert.ok(!leaf.ca)
  })

  it('names the server and no other', () => {
    const leaf = new X509Certificate(server.certificatePem)
    assert.equal(leaf.checkHost('localhost'), 'localhost')
    assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1')
    assert.equal(leaf.checkHost('example.com'), undefined)
    assert.equal(leaf.checkIP('127.0.0.2'), undefined)
  })

  it('is read by another implementation with the same content', async () => {
    const leaf = new ReferenceCertificate(server.certificatePem)
    assert.deepEqual([leaf.subject, leaf.issuer], ['CN=a server', 'CN=an authority'])
    assert.deepEqual([leaf.notBefore, leaf.notAfter], [notBefore, notAfter])
    const ca = new ReferenceCertificate(authority.certificatePem)
    assert.ok(await leaf.verify({ publicKey: await ca.publicKey.export(), date: new Date('2027-01-01') }))
    assert.deepEqual(
      Array.from(leaf.extensions, ({ type, critical }) => [type, critical]),
      [
        ['2.5.29.15', true],
        ['2.5.29.37', false],
        ['2.5.29.17', false],
      ],
    )
  })
})
