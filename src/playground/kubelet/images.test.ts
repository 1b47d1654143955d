import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bundledImages, parseImageMapping, resolveImage, splitImage } from './images.ts'

describe('an image', () => {
  const names = [
    { image: 'podinfo', want: { repository: 'podinfo', version: 'latest' } },
    {
      image: 'ghcr.io/stefanprodan/podinfo:6.1.0',
      want: { repository: 'ghcr.io/stefanprodan/podinfo', version: '6.1.0' },
    },
    { image: 'localhost:5000/web', want: { repository: 'localhost:5000/web', version: 'latest' } },
    { image: 'localhost:5000/web:1', want: { repository: 'localhost:5000/web', version: '1' } },
    { image: 'web@sha256:abc', want: { repository: 'web', version: 'sha256:abc' } },
    { image: 'web:1@sha256:abc', want: { repository: 'web', version: '1' } },
  ]
  for (const { image, want } of names)
    it(`${image} has a repository and a version`, () => assert.deepEqual(splitImage(image), want))

  const mappings = [
    { repository: 'example.org/web', program: { command: ['node', 'web.js'] as const } },
    { repository: 'example.org/*', program: { command: ['node', 'any.js'] as const } },
    ...bundledImages,
  ]
  const resolved = [
    { image: 'example.org/web:2', want: { kind: 'command', argv: ['node', 'web.js'], version: '2' } },
    { image: 'example.org/team/api:3', want: { kind: 'command', argv: ['node', 'any.js'], version: '3' } },
    { image: 'stefanprodan/podinfo:6.0.0', want: { kind: 'builtin', program: 'demo-app', version: '6.0.0' } },
    { image: 'nginx:1', want: undefined },
  ]
  for (const { image, want } of resolved) {
    it(`${image} stands for ${want ? JSON.stringify(want) : 'nothing'}`, () => {
      assert.deepEqual(resolveImage(image, mappings), want)
    })
  }
})

describe('a mapping', () => {
  it('is a repository and a command', () => {
    assert.deepEqual(parseImageMapping('example.org/web = node web.js --port  8080'), {
      repository: 'example.org/web',
      program: { command: ['node', 'web.js', '--port', '8080'] },
    })
  })
  for (const text of ['example.org/web', '=node', 'example.org/web=', '']) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseImageMapping(text), { reason: 'ImageMapping', message: /write REPOSITORY=COMMAND/ })
    })
  }
})
