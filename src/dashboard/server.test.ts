import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import {
  applyCanary,
  applyFleet,
  applyNamespace,
  type DashboardUnderTest,
  setStatus,
  startDashboardUnderTest,
  token,
} from '../../test/support/dashboard.ts'
import { eventually } from '../../test/support/eventually.ts'
import { startScriptedServer } from '../../test/support/scripted-server.ts'
import { Event } from '../api/core/core-v1.ts'
import { Canary } from '../api/flagger/v1beta1.ts'
import { Fleet } from '../api/fleet/v1alpha1.ts'
import { systemClock } from '../runtime/clock.ts'
import { type HttpServer, sendJson, startHttpServer } from '../runtime/http-server.ts'
import { clusterConfigFromText } from '../runtime/kubeconfig.ts'
import { silentLogger } from '../runtime/log.ts'
import { startDashboard } from './server.ts'
import type { Change, Item, RolloutDetails, RolloutItem, Series, State } from './wire.ts'

const where = { cluster: 'kurator-member1', namespace: 'webapp', canary: 'backend' }
const address = new URLSearchParams(where).toString()
const ref = { namespace: 'webapp', name: 'backend' }

let test: DashboardUnderTest
/** Speaks as Prometheus and as a rollout engine. */
let outside: HttpServer
const queries: string[] = []

before(async () => {
  outside = await startHttpServer({ handler: answerOutside, clock: systemClock, log: silentLogger })
  test = await startDashboardUnderTest({ prometheusUrl: outside.url, decisionsUrl: outside.url })
  await applyNamespace(test.member.client)
  await applyFleet(test.host)
  await applyCanary(test.member.client, 'backend', { phase: 'Progressing', canaryWeight: 10 })
  await eventually('the rollout is in the state', async () => (await rollout())?.weight === 10)
})
after(async () => {
  await test.close()
  await outside.close()
})

async function answerOutside(incoming: { url?: string | undefined }, response: Parameters<typeof sendJson>[0]) {
  const url = new URL(incoming.url ?? '/', 'http://localhost')
  if (url.pathname === '/api/v1/canaries/webapp/backend/decisions') {
    const line = { at: '2026-01-01T00:00:00Z', lastAt: '2026-01-01T00:00:00Z', times: 1, kind: 'wait', text: 'Why.' }
    return sendJson(response, 200, { decisions: [line] })
  }
  const query = url.searchParams.get('query') ?? ''
  queries.push(query)
  const end = Number(url.searchParams.get('end'))
  const value = query.includes('"backend-primary"') ? '100' : 'NaN'
  sendJson(response, 200, { status: 'success', data: { resultType: 'matrix', result: [{ values: [[end, value]] }] } })
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${test.dashboard.url}${path}`, { headers })
const json = async <T>(path: string) => (await (await get(path)).json()) as T // this server's own wire
const items = async () => (await json<State>('/api/state')).items
const rollout = async () => (await items()).find((item): item is RolloutItem => item.type === 'rollout')

function act(action: string, bearer: string | undefined, body: unknown = where, method = 'POST') {
  return fetch(`${test.dashboard.url}/api/actions/${action}`, {
    method,
    headers: bearer ? { authorization: `Bearer ${bearer}` } : {},
    ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  })
}

describe('the state', () => {
  it('has the clusters, the fleet with its members, the application and its rollout', async () => {
    const all = await items()
    const shortly = all.map((item: Item) => [item.type, item.name])
    assert.deepEqual(shortly, [
      ['cluster', 'host'],
      ['cluster', 'kurator-member1'],
      ['fleet', 'quickstart'],
      ['application', 'rollout-demo'],
      ['rollout', 'backend'],
    ])
    const fleet = all.find(item => item.type === 'fleet')
    assert.deepEqual(fleet?.members, [
      { name: 'kurator-member1', kind: 'AttachedCluster', ready: true, engine: 'agent' },
    ])
  })

  it('leads from a rollout to its application', async () => {
    assert.equal((await rollout())?.application, 'application/default/rollout-demo')
  })
})

describe('the live feed', () => {
  it('begins with the whole state and goes on with what changed', async () => {
    const gone = new AbortController()
    const answer = await fetch(`${test.dashboard.url}/api/events`, { signal: gone.signal })
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    const events = eventsOf(answer)
    const first = await events.next()
    assert.equal(first.value?.name, 'state')
    await setStatus(test.member.client, 'backend', { phase: 'Progressing', canaryWeight: 20 })
    for await (const { name, data } of events) {
      assert.equal(name, 'change')
      const [item] = (data as Change).upserts
      if (item?.type === 'rollout' && item.weight === 20) break
    }
    gone.abort()
  })
})

async function* eventsOf(answer: Response): AsyncGenerator<{ readonly name: string; readonly data: unknown }> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? []
      text = text.slice(end + 2)
      if (name && data) yield { name, data: JSON.parse(data) }
    }
  }
}

describe('details of a rollout', () => {
  it('are decisions, events and where it has been', async () => {
    await test.member.client.create(Event, {
      metadata: { name: 'backend.1', namespace: 'webapp' },
      involvedObject: { kind: 'Canary', name: 'backend', namespace: 'webapp' },
      message: 'Advance backend.webapp canary weight 20',
      reason: 'Synced',
      type: 'Normal',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 2,
    })
    const { decisions, events, history } = await json<RolloutDetails>(`/api/rollout?${address}`)
    assert.deepEqual(
      decisions.lines.map(({ text }) => text),
      ['Why.'],
    )
    assert.deepEqual(events.lines, [
      { at: '2026-01-01T00:00:00Z', type: 'Normal', message: 'Advance backend.webapp canary weight 20', count: 2 },
    ])
    assert.equal(history.at(-1)?.phase, 'Progressing')
  })

  it('have the values of both sides; no traffic is null', async () => {
    const series = await json<Series>(`/api/series?${address}&minutes=5`)
    assert.equal(series.problem, undefined)
    assert.equal(series.primary.successRate.at(-1), 100)
    assert.equal(series.canary.successRate.at(-1), null)
    assert.equal(series.times.length, series.canary.latencyMs.length)
    assert.ok(queries.some(query => query.includes('destination_workload=~"backend"') && query.includes('[30s]')))
  })

  it("ask for the metrics of the Fleet's traffic provider where the Canary names none", async t => {
    const choose = (trafficRoutingProvider: string) =>
      test.host.client.patch(
        Fleet,
        { namespace: 'default', name: 'quickstart' },
        { type: 'merge', body: { spec: { plugin: { flagger: { trafficRoutingProvider } } } } },
      )
    const name = (provider: string | null) =>
      test.member.client.patch(Canary, ref, { type: 'merge', body: { spec: { provider } } })
    t.after(() => Promise.all([choose('istio'), name('istio')]))
    await Promise.all([choose('nginx'), name(null)])
    await eventually("the charts ask for nginx's", async () => {
      queries.length = 0
      await get(`/api/series?${address}&minutes=5`)
      return queries.length > 0 && queries.every(query => query.includes('nginx_ingress_controller'))
    })
  })
})

describe('actions', () => {
  it('are refused without a token', async () => {
    const answer = await act('pause', undefined)
    assert.equal(answer.status, 401)
    assert.match(await answer.text(), /bearer token is needed/)
  })

  it('are refused with a token that nobody knows', async () => {
    assert.equal((await act('pause', 'made-up')).status, 403)
  })

  it('pause and resume by spec.suspend', async () => {
    const isSuspended = async () => (await test.member.client.fetch(Canary, ref)).spec.suspend
    assert.equal((await act('pause', token)).status, 200)
    assert.equal(await isSuspended(), true)
    const again = await act('pause', token)
    assert.deepEqual([again.status, await again.text()], [409, 'It is paused already.\n'])
    assert.equal((await act('resume', token)).status, 200)
    assert.equal(await isSuspended(), false)
  })

  it('abort by as many failed checks as the analysis bears', async () => {
    await setStatus(test.member.client, 'backend', { phase: 'Progressing', canaryWeight: 20 })
    assert.equal((await act('abort', token)).status, 200)
    assert.equal((await test.member.client.fetch(Canary, ref)).status?.failedChecks, 2)
  })

  it('promote by the phase Promoting', async () => {
    await setStatus(test.member.client, 'backend', { phase: 'Progressing', canaryWeight: 20 })
    assert.equal((await act('promote', token)).status, 200)
    assert.equal((await test.member.client.fetch(Canary, ref)).status?.phase, 'Promoting')
  })

  it('retry by a revision that the status does not know any more', async () => {
    await setStatus(test.member.client, 'backend', { phase: 'Progressing', lastAppliedSpec: 'known' })
    const early = await act('retry', token)
    assert.deepEqual([early.status, await early.text()], [409, 'No revision has failed.\n'])
    await setStatus(test.member.client, 'backend', { phase: 'Failed', lastAppliedSpec: 'known' })
    assert.equal((await act('retry', token)).status, 200)
    const { phase, lastAppliedSpec } = (await test.member.client.fetch(Canary, ref)).status ?? {}
    assert.deepEqual({ phase, lastAppliedSpec }, { phase: 'Failed', lastAppliedSpec: '' })
  })

  it('are refused where no revision is under analysis', async () => {
    await setStatus(test.member.client, 'backend', { phase: 'Succeeded' })
    const answer = await act('abort', token)
    assert.deepEqual([answer.status, await answer.text()], [409, 'No new revision is under analysis.\n'])
  })

  const wrong: readonly { name: string; action?: string; body?: unknown; method?: string; want: number }[] = [
    { name: 'an action that there is not', action: 'explode', want: 404 },
    { name: 'a cluster that there is not', body: { ...where, cluster: 'mars' }, want: 404 },
    { name: 'a canary that there is not', body: { ...where, canary: 'nobody' }, want: 404 },
    { name: 'a body that is no JSON', body: '{', want: 400 },
    { name: 'a body that is null', body: 'null', want: 400 },
    { name: 'a body without end', body: 'x'.repeat(5_000), want: 413 },
    { name: 'GET', method: 'GET', want: 405 },
  ]
  for (const { name, action = 'pause', body, method, want } of wrong) {
    it(`refuse ${name} with ${want}`, async () => {
      assert.equal((await act(action, token, body, method)).status, want)
    })
  }
})

describe('a dashboard that knows how to reach the clusters as somebody else', () => {
  it('acts as the bearer of the token, and passes on that the API does not know it', async () => {
    const { member } = test
    await setStatus(member.client, 'backend', { phase: 'Progressing' })
    const kubeconfig = clusterConfigFromText(member.api.kubeconfig)
    const stop = new AbortController()
    const { newInformerSet } = await import('../runtime/informer-set.ts')
    const deps = { client: member.client, clock: systemClock, log: silentLogger, random: Math.random }
    const informers = newInformerSet(deps)
    const dashboard = await startDashboard({
      clusters: [{ name: 'kurator-member1', client: member.client, informers, config: kubeconfig }],
      clock: systemClock,
      log: silentLogger,
    })
    const running = informers.run(stop.signal)
    await informers.synced()
    const post = (bearer: string) =>
      fetch(`${dashboard.url}/api/actions/pause`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}` },
        body: JSON.stringify(where),
      })
    assert.equal((await post('made-up')).status, 401)
    assert.equal((await post(kubeconfig.credentials.token ?? '')).status, 200)
    await dashboard.close()
    stop.abort(new Error('done'))
    await running
  })

  it("says beforehand what the cluster's authorizer refuses the bearer of the token", async t => {
    const api = await startScriptedServer(({ body, headers }, response) => {
      const { spec } = JSON.parse(body) as { spec: { resourceAttributes: { subresource?: string } } }
      const allowed = headers.authorization === 'Bearer pauser' && spec.resourceAttributes.subresource === undefined
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ...JSON.parse(body), status: { allowed } }))
    })
    t.after(() => api.close())
    const kubeconfig = clusterConfigFromText(test.member.api.kubeconfig)
    const { newInformerSet } = await import('../runtime/informer-set.ts')
    const deps = { client: test.member.client, clock: systemClock, log: silentLogger, random: Math.random }
    const dashboard = await startDashboard({
      clusters: [
        {
          name: 'kurator-member1',
          client: test.member.client,
          informers: newInformerSet(deps),
          config: { ...kubeconfig, server: api.url },
        },
      ],
      clock: systemClock,
      log: silentLogger,
    })
    t.after(() => dashboard.close())
    const ask = async (bearer: string) => {
      const url = `${dashboard.url}/api/permissions?cluster=kurator-member1&namespace=webapp`
      const answer = await fetch(url, bearer ? { headers: { authorization: `Bearer ${bearer}` } } : {})
      return [answer.status, answer.ok ? await answer.json() : (await answer.text()).trim()]
    }
    const noStatus = 'You may not patch canaries/status in webapp.'
    assert.deepEqual(await ask('pauser'), [200, { refused: { promote: noStatus, abort: noStatus, retry: noStatus } }])
    const asked = JSON.parse(api.seen[0]?.body ?? '{}') as { spec: { resourceAttributes: object } }
    assert.deepEqual(asked.spec.resourceAttributes, {
      group: 'flagger.app',
      resource: 'canaries',
      namespace: 'webapp',
      verb: 'patch',
    })
    assert.equal((await ask(''))[0], 401)
  })
})

describe('the page', () => {
  it('is one document without inline code, under a policy that forbids it', async () => {
    const answer = await get('/')
    const text = await answer.text()
    assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'self'/)
    assert.match(text, /<script type="module" src="\/assets\/main-[0-9a-f]{16}\.js"><\/script>/)
    assert.doesNotMatch(text, /<script(?![^>]* src=)|<style|\son\w+=| style=/)
  })

  it('has files that are kept for ever, and is itself asked for each time', async () => {
    const first = await get('/')
    const script = /src="([^"]+)"/.exec(await first.text())?.[1] ?? ''
    const asset = await get(script)
    assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.equal(asset.headers.get('content-encoding'), 'gzip')
    assert.equal(first.headers.get('cache-control'), 'no-cache')
    const again = await get('/', { 'if-none-match': first.headers.get('etag') ?? '' })
    assert.equal(again.status, 304)
  })

  it('answers under the name of this machine only', async () => {
    const { port } = new URL(test.dashboard.url)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request({ port, path: '/api/state', headers: { host: 'evil.example' } }, response => {
        response.resume()
        resolve(response.statusCode)
      })
      outgoing.on('error', reject)
      outgoing.end()
    })
    assert.equal(status, 403)
  })

  const wrong: readonly { name: string; path: string; want: number }[] = [
    { name: 'a file that there is not', path: '/assets/../../etc/passwd', want: 404 },
    {
      name: 'a rollout that there is not',
      path: '/api/rollout?cluster=kurator-member1&namespace=a&canary=b',
      want: 404,
    },
    { name: 'too many minutes', path: `/api/series?${address}&minutes=1e9`, want: 400 },
    { name: 'minutes that are no number', path: `/api/series?${address}&minutes=x`, want: 400 },
  ]
  for (const { name, path, want } of wrong) {
    it(`refuses ${name} with ${want}`, async () => assert.equal((await get(path)).status, want))
  }
})
