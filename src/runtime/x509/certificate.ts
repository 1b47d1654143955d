/** Making X.509 certificates (RFC 5280) with ECDSA on P-256. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { bitString, der, integer, objectId, octetString, sequence, time, utf8 } from './der.ts'

/** A key and the certificate that goes with it. */
export interface Certified {
  readonly certificatePem: string
  readonly keyPem: string
  readonly issuer: Issuer
}

/** Who signs. */
export interface Issuer {
  readonly commonName: string
  readonly key: KeyObject
}

/** What a certificate says. */
export interface CertificateOptions {
  readonly commonName: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** Absent: the certificate signs itself and may sign others. */
  readonly issuer?: Issuer
  /** The names and addresses of a server. */
  readonly dnsNames?: readonly string[]
  /** Addresses as bytes: four for IPv4, sixteen for IPv6. */
  readonly ipAddresses?: readonly Uint8Array[]
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'))

/** Makes a key pair and a certificate for it: of an authority without `issuer`, else of a server. */
export function certify(options: CertificateOptions): Certified {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const own = { commonName: options.commonName, key: privateKey }
  const issuer = options.issuer ?? own
  const content = sequence(
    der(0xa0, integer(Buffer.of(2))),
    // The first byte is kept below 0x80 and above 0, so that the number is positive and of full length.
    integer(Buffer.concat([Buffer.of(0x4d), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(issuer.commonName),
    sequence(time(options.notBefore), time(options.notAfter)),
    nameOf(options.commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensionsOf(options, keyId(publicKey)))),
  )
  const signature = sign('sha256', content, issuer.key)
  const certificate = sequence(content, ecdsaWithSha256, bitString(signature))
  return {
    certificatePem: pem('CERTIFICATE', certificate),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    issuer: own,
  }
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId('2.5.4.3'), utf8(commonName))))
}

function extensionsOf(options: CertificateOptions, id: Buffer): Buffer[] {
  if (!options.issuer) {
    return [
      // A certificate authority that makes no further ones.
      extension('2.5.29.19', sequence(der(0x01, Buffer.of(0xff)), integer(Buffer.of(0))), true),
      // keyCertSign and cRLSign.
      extension('2.5.29.15', bitString(Buffer.of(0b0000_0110), 1), true),
      extension('2.5.29.14', octetString(id)),
    ]
  }
  const names = [
    ...(options.ipAddresses ?? []).map(address => der(0x87, address)),
    ...(options.dnsNames ?? []).map(name => der(0x82, Buffer.from(name))),
  ]
  return [
    // digitalSignature.
    extension('2.5.29.15', bitString(Buffer.of(0b1000_0000), 7), true),
    // serverAuth.
    extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(...names)),
  ]
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [der(0x01, Buffer.of(0xff))] : []), octetString(value))
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
