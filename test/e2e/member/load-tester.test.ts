import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Namespace, Pod } from '../../../src/api/core/core-v1.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestMember, type TestMember } from '../../support/member.ts'

const namespace = 'test'

describe('a load tester in a pod', { timeout: 120_000 }, () => {
  let test: TestMember
  before(async () => {
    test = await startTestMember()
    await test.member.client.create(Namespace, { metadata: { name: namespace } })
  })
  after(() => test.close())

  /** Starts a tester with Flagger's flags and more, and gives its base URL. */
  async function start(name: string, more: readonly string[]): Promise<string> {
    const args = ['-port=8080', '-log-level=info', '-timeout=1h', ...more]
    const image = 'ghcr.io/fluxcd/flagger-loadtester:0.31.0'
    const containers = [
      { name: 'loadtester', image, command: ['./loadtester'], args, ports: [{ containerPort: 8080 }] },
    ]
    await test.member.client.create(Pod, { metadata: { name, namespace }, spec: { containers } })
    return eventually(`${name} listens`, async () => {
      const { status } = await test.member.client.fetch(Pod, { namespace, name })
      const url = `http://${status?.podIP}:8080`
      return status?.podIP && (await fetch(`${url}/healthz`).catch(() => undefined))?.ok ? url : undefined
    })
  }

  async function ask(url: string, metadata: Readonly<Record<string, string>>) {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ name: 'web', namespace, metadata }) })
    return { status: response.status, body: (await response.text()).trim() }
  }

  const bash = { type: 'bash', cmd: 'echo "$http_proxy"', returnCmdOutput: 'true' }

  it('starts no program unless its flags allow it', async () => {
    const { status, body } = await ask(await start('strict', []), bash)
    assert.equal(status, 403)
    assert.match(body, /^"bash" may not be run/)
  })

  it('starts what its flags allow, which calls into the mesh as the pod', async () => {
    const { status, body } = await ask(await start('open', ['-allow-commands=bash,curl']), bash)
    assert.equal(status, 200, body)
    assert.equal(new URL(body).host, new URL(test.member.proxyUrl).host)
  })

  it('sends load to the hosts alone that its flags allow', async () => {
    const url = await start('fenced', ['-allow-hosts=*.webapp'])
    const { status, body } = await ask(url, { type: 'cmd', cmd: 'hey -n 1 http://example.org/' })
    assert.equal(status, 403)
    assert.match(body, /load may not go to "example.org": only to \*\.webapp/)
  })
})
