/** Tokens for service accounts: signed by the server, good for its own API. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import type { User } from './user.ts'

/** The account that a token speaks for. */
export interface TokenSubject {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** Issues and recognises JSON Web Tokens (RFC 7519, HS256) under one secret. */
export class ServiceAccountTokens {
  readonly #secret: string
  readonly #clock: Clock

  constructor(secret: string, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  /** A token that ends after `lifetimeSeconds`. */
  issue(
    subject: TokenSubject,
    audiences: readonly string[],
    lifetimeSeconds: number,
  ): { token: string; expires: Date } {
    const nowSeconds = Math.floor(this.#clock.now().getTime() / 1000)
    const claims = {
      aud: audiences,
      exp: nowSeconds + lifetimeSeconds,
      iat: nowSeconds,
      iss: 'https://kubernetes.default.svc',
      'kubernetes.io': { namespace: subject.namespace, serviceaccount: { name: subject.name, uid: subject.uid } },
      nbf: nowSeconds,
      sub: `system:serviceaccount:${subject.namespace}:${subject.name}`,
    }
    const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
    return { token: `${content}.${this.#sign(content)}`, expires: new Date(claims.exp * 1000) }
  }

  /** Whom a token speaks for; undefined for one that is not ours or has ended. */
  userOf(token: string): User | undefined {
    const [header, payload, signature] = token.split('.')
    if (header === undefined || payload === undefined || signature === undefined) return undefined
    const expected = Buffer.from(this.#sign(`${header}.${payload}`))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    // Signed by issue, so it has this form.
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      readonly exp: number
      readonly sub: string
      readonly 'kubernetes.io': { readonly namespace: string; readonly serviceaccount: { readonly uid: string } }
    }
    if (claims.exp * 1000 <= this.#clock.now().getTime()) return undefined
    const { namespace, serviceaccount } = claims['kubernetes.io']
    return {
      name: claims.sub,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    }
  }

  #sign(content: string): string {
    return createHmac('sha256', this.#secret).update(content).digest('base64url')
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
