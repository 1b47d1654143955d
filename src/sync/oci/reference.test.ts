import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { registryLogin } from './credentials.ts'
import { highestTag, type OciRef, parseOciUrl, wantedReference } from './reference.ts'

describe('the URL of an OCI repository', () => {
  const good: readonly { url: string; want: readonly [string, string] }[] = [
    { url: 'oci://ghcr.io/stefanprodan/manifests/podinfo', want: ['ghcr.io', 'stefanprodan/manifests/podinfo'] },
    { url: 'oci://127.0.0.1:5000/app', want: ['127.0.0.1:5000', 'app'] },
    { url: 'oci://[::1]:5000/app/', want: ['[::1]:5000', 'app'] },
    { url: 'oci://docker.io/nginx', want: ['index.docker.io', 'library/nginx'] },
  ]
  for (const { url, want } of good) {
    it(`${url} names a registry and a repository`, () => {
      const { registry, repository } = parseOciUrl(url)
      assert.deepEqual([registry, repository], want)
    })
  }
  const bad: readonly { url: string; why: RegExp }[] = [
    { url: 'https://ghcr.io/app', why: /must be in format/ },
    { url: 'oci://ghcr.io', why: /must be in format/ },
    { url: 'oci:///app', why: /must be in format/ },
    { url: 'oci://user:pass@ghcr.io/app', why: /must be in format/ },
    { url: 'oci://ghcr.io/app:1.0.0', why: /must not contain a tag; remove ':1\.0\.0'/ },
    { url: 'oci://ghcr.io/app@sha256:abc', why: /must not contain a tag/ },
    { url: 'oci://ghcr.io/../v2/other', why: /could not parse reference/ },
    { url: 'oci://ghcr.io/App', why: /could not parse reference/ },
  ]
  for (const { url, why } of bad) {
    it(`${url} is refused`, () => assert.throws(() => parseOciUrl(url), { reason: 'URLInvalid', message: why }))
  }
})

describe('what is asked for', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const cases: readonly { name: string; ref: OciRef | undefined; want: object }[] = [
    { name: 'is the tag latest without any reference', ref: undefined, want: { kind: 'tag', value: 'latest' } },
    {
      name: 'is the digest before all',
      ref: { digest, semver: '1.x', tag: 'a' },
      want: { kind: 'digest', value: digest },
    },
    {
      name: 'is a version range before a tag',
      ref: { semver: '1.x', tag: 'a' },
      want: { kind: 'semver', range: '1.x' },
    },
    {
      name: 'is a range with its filter',
      ref: { semver: '1.x', semverFilter: '-rc' },
      want: { kind: 'semver', range: '1.x', filter: '-rc' },
    },
  ]
  for (const c of cases) it(c.name, () => assert.deepEqual(wantedReference(c.ref), c.want))
  it('is never a digest that could be a path', () => {
    assert.throws(() => wantedReference({ digest: '../../other/manifests/x' }), { reason: 'ReadOperationFailed' })
    assert.throws(() => wantedReference({ tag: '../blobs/x' }), { reason: 'ReadOperationFailed' })
  })
})

describe('the tag of a version range', () => {
  const tags = ['latest', '1.0.0', 'v1.5.0', '2.0.0', '2.1.0-rc.1', '1.6', '1.5.0_build.1', '1.4.0-arm']
  const cases: readonly { range: string; filter?: string; want: string }[] = [
    { range: '>=1.0.0 <2.0.0', want: '1.5.0_build.1' },
    { range: '>=1.0.0, <1.5.0', want: '1.0.0' },
    { range: '*', want: '2.0.0' },
    { range: '>=2.0.0-0', want: '2.1.0-rc.1' },
    { range: '>=1.0.0-0', filter: '.*-arm$', want: '1.4.0-arm' },
  ]
  for (const { range, filter, want } of cases) {
    it(`${range}${filter ? ` of those like ${filter}` : ''} is ${want}`, () => {
      assert.equal(highestTag(tags, range, filter), want)
    })
  }
  it('does not exist where none fits, or the question makes no sense', () => {
    assert.throws(() => highestTag(tags, '>=9.0.0'), { message: 'no match found for semver: >=9.0.0' })
    assert.throws(() => highestTag(tags, 'much'), { message: /semver 'much' parse error/ })
    assert.throws(() => highestTag(tags, '*', '('), { message: /semver filter/ })
  })
})

describe('the login for a registry', () => {
  const at = { registry: 'ghcr.io', repository: 'team/app' }
  const auth = (user: string, secret: string) => ({ auth: Buffer.from(`${user}:${secret}`).toString('base64') })
  const docker = (auths: object) => ({ '.dockerconfigjson': JSON.stringify({ auths }) })
  const cases: readonly { name: string; secret: Record<string, string>; want: object | undefined }[] = [
    { name: 'is user and password', secret: { username: 'u', password: 'p' }, want: { username: 'u', password: 'p' } },
    {
      name: 'is of the host',
      secret: docker({ 'ghcr.io': auth('u', 'p:q') }),
      want: { username: 'u', password: 'p:q' },
    },
    {
      name: 'is of a URL',
      secret: docker({ 'https://ghcr.io/v1/': auth('u', 'p') }),
      want: { username: 'u', password: 'p' },
    },
    {
      name: 'is of the longest path that fits',
      secret: docker({
        'ghcr.io': auth('all', 'a'),
        'ghcr.io/team': auth('team', 't'),
        'ghcr.io/tea': auth('tea', 'x'),
      }),
      want: { username: 'team', password: 't' },
    },
    { name: 'is of a pattern', secret: docker({ '*.io': auth('any', 'a') }), want: { username: 'any', password: 'a' } },
    {
      name: 'is of the older format',
      secret: { '.dockercfg': JSON.stringify({ 'ghcr.io': { username: 'u', password: 'p' } }) },
      want: { username: 'u', password: 'p' },
    },
    {
      name: 'is a token that buys others',
      secret: docker({ 'ghcr.io': { identitytoken: 'i' } }),
      want: { identityToken: 'i' },
    },
    {
      name: 'is none where the Secret is for other registries',
      secret: docker({ 'quay.io': auth('u', 'p') }),
      want: undefined,
    },
  ]
  for (const c of cases) it(c.name, () => assert.deepEqual(registryLogin(c.secret, at), c.want))

  it('is refused without quoting what the Secret holds', () => {
    const bad = [
      { other: 'hunter2' },
      { '.dockerconfigjson': '{"auths": hunter2' },
      docker({ 'ghcr.io': { auth: 'aHVudGVyMg==' } }),
    ]
    for (const secret of bad) {
      assert.throws(
        () => registryLogin(secret, at),
        (error: Error) => !/hunter2|aHVud/.test(error.message),
      )
    }
  })
})
