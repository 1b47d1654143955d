import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ConfigMap, Pod, Secret } from '../../api/core/core-v1.ts'
import { withMounts, writeVolumes } from './volumes.ts'

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]

const facts = { podIP: '127.5.1.1', hostIP: '127.0.0.1' }
const secrets: Readonly<Record<string, Secret>> = {
  keys: { data: { token: Buffer.from('s3cret').toString('base64') } },
}

describe('the volumes of a pod', () => {
  let root: string
  let settings: ConfigMap
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'serin-volumes-'))
  })
  after(() => rm(root, { recursive: true, force: true }))

  const lookup = {
    configMap: (name: string) => (name === 'settings' ? settings : undefined),
    secret: (name: string) => secrets[name],
  }
  const write = (folder: string, volume: Omit<Volume, 'name'>) =>
    writeVolumes(
      {
        metadata: { name: 'web-1', labels: { app: 'web' } },
        spec: {
          containers: [{ name: 'web', image: 'web', resources: { limits: { memory: '64Mi' } } }],
          volumes: [{ name: 'data', ...volume }],
        },
      },
      path.join(root, folder),
      lookup,
      facts,
    )

  async function filesIn(folder: string): Promise<Record<string, string>> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name))
    const contents = await Promise.all(
      files.map(async file => [path.relative(folder, file), await readFile(file, 'utf8')]),
    )
    return Object.fromEntries(contents)
  }

  const cases: readonly { name: string; volume: Omit<Volume, 'name'>; want: Record<string, string> }[] = [
    { name: 'are empty folders', volume: { emptyDir: {} }, want: {} },
    { name: 'hold a ConfigMap', volume: { configMap: { name: 'settings' } }, want: { color: 'blue', size: 'big' } },
    {
      name: 'hold the keys that are asked for, where they are asked for',
      volume: { configMap: { name: 'settings', items: [{ key: 'color', path: 'deep/tint' }] } },
      want: { 'deep/tint': 'blue' },
    },
    { name: 'hold a Secret', volume: { secret: { secretName: 'keys' } }, want: { token: 's3cret' } },
    {
      name: 'hold nothing of what is optional and not there',
      volume: { configMap: { name: 'none', optional: true } },
      want: {},
    },
    {
      name: 'hold facts of the pod',
      volume: { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      want: { labels: 'app="web"' },
    },
    {
      name: 'hold the resources of a container',
      volume: {
        downwardAPI: {
          items: [
            { path: 'memory', resourceFieldRef: { containerName: 'web', resource: 'limits.memory', divisor: '1Mi' } },
          ],
        },
      },
      want: { memory: '64' },
    },
    {
      name: 'leave out an optional key that is not there',
      volume: {
        configMap: {
          name: 'settings',
          optional: true,
          items: [
            { key: 'color', path: 'c' },
            { key: 'none', path: 'n' },
          ],
        },
      },
      want: { c: 'blue' },
    },
    {
      name: 'hold several sources together',
      volume: { projected: { sources: [{ configMap: { name: 'settings' } }, { secret: { name: 'keys' } }] } },
      want: { color: 'blue', size: 'big', token: 's3cret' },
    },
    {
      name: 'hold no file outside of their folder',
      volume: { configMap: { name: 'settings', items: [{ key: 'color', path: '../../up' }] } },
      want: { up: 'blue' },
    },
  ]
  for (const [at, { name, volume, want }] of cases.entries()) {
    it(name, async () => {
      settings = { data: { color: 'blue', size: 'big' } }
      const folder = (await write(String(at), volume)).get('data') ?? ''
      assert.deepEqual(await filesIn(folder), want)
    })
  }

  it('are brought up to date in place, and keep one generation', async () => {
    settings = { data: { color: 'blue', size: 'big' } }
    const volume = { configMap: { name: 'settings' } }
    const folder = (await write('updated', volume)).get('data') ?? ''
    const generations = () => readdir(path.join(root, 'updated'))
    const first = await generations()
    await write('updated', volume)
    assert.deepEqual(await generations(), first)
    settings = { data: { color: 'red' } }
    assert.equal((await write('updated', volume)).get('data'), folder)
    assert.deepEqual(await filesIn(folder), { color: 'red' })
    assert.equal((await generations()).length, 2)
  })

  it('hold bytes that are no text', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe])
    settings = { data: { color: 'blue' }, binaryData: { key: bytes.toString('base64') } }
    const folder = (await write('bytes', { configMap: { name: 'settings' } })).get('data') ?? ''
    assert.deepEqual(await readFile(path.join(folder, 'key')), bytes)
  })

  for (const { name, volume, message } of [
    {
      name: 'a key that the ConfigMap has not',
      volume: { configMap: { name: 'settings', items: [{ key: 'none', path: 'n' }] } },
      message: 'configmap references non-existent config key: none',
    },
    {
      name: 'a key that the Secret has not',
      volume: { secret: { secretName: 'keys', items: [{ key: 'none', path: 'n' }] } },
      message: 'references non-existent secret key: none',
    },
    {
      name: 'a ConfigMap that is not there',
      volume: { configMap: { name: 'none' } },
      message: 'configmap "none" not found',
    },
    {
      name: 'a Secret that is not there',
      volume: { secret: { secretName: 'none' } },
      message: 'secret "none" not found',
    },
    { name: 'a disk', volume: { persistentVolumeClaim: { claimName: 'disk' } }, message: /"data" is of a type/ },
  ]) {
    it(`cannot be had of ${name}`, async () => {
      await assert.rejects(write('bad', volume), { reason: 'FailedMount', message })
    })
  }
})

describe('the paths of mounts', () => {
  const mounts = [
    { mountPath: '/etc/web', hostPath: '/tmp/pod/config' },
    { mountPath: '/etc/web/secret/', hostPath: '/tmp/pod/secret' },
  ]
  const cases = [
    { text: '/etc/web', want: '/tmp/pod/config' },
    { text: '--config=/etc/web/web.yaml', want: '--config=/tmp/pod/config/web.yaml' },
    { text: '/etc/web/secret/token', want: '/tmp/pod/secret/token' },
    { text: 'cat /etc/web/a; cat /etc/web/b', want: 'cat /tmp/pod/config/a; cat /tmp/pod/config/b' },
    { text: '/etc/website', want: '/etc/website' },
    { text: '/srv/etc/web', want: '/srv/etc/web' },
  ]
  for (const { text, want } of cases) it(`${text} is ${want} here`, () => assert.equal(withMounts(text, mounts), want))
})
