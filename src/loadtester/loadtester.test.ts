import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { systemClock } from '../runtime/clock.ts'
import { newLogger } from '../runtime/log.ts'
import { type LoadTester, type LoadTesterOptions, startLoadTester } from './server.ts'

describe('the load tester', () => {
  let target: Server
  let targetUrl = ''
  let hits = 0
  let tester: LoadTester | undefined
  const lines: Record<string, unknown>[] = []
  const waiting: (() => void)[] = []

  before(async () => {
    target = createServer((request, response) => {
      hits++
      response.writeHead(request.url === '/fail' ? 500 : 200).end('ok')
    })
    await new Promise<void>(resolve => target.listen(0, '127.0.0.1', resolve))
    const bound = target.address()
    targetUrl = `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`
  })
  after(() => target.close())
  beforeEach(() => {
    hits = 0
    lines.length = 0
  })
  afterEach(() => tester?.close())

  async function start(
    over: Partial<LoadTesterOptions> = {},
  ): Promise<(path: string, body?: unknown) => Promise<{ status: number; body: string }>> {
    tester = await startLoadTester({
      port: 0,
      address: '127.0.0.1',
      policy: { allowCommands: [] },
      env: process.env,
      taskTimeoutMs: 10_000,
      clock: systemClock,
      log: newLogger({
        clock: systemClock,
        write: line => {
          lines.push(JSON.parse(line))
          for (const wake of waiting.splice(0)) wake()
        },
      }),
      ...over,
    })
    const url = `http://127.0.0.1:${tester.port}`
    return async (path, body) => {
      const response = await fetch(url + path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body ?? {}),
      })
      return { status: response.status, body: await response.text() }
    }
  }

  async function logged(message: string): Promise<Record<string, unknown>> {
    for (;;) {
      const line = lines.find(entry => entry['msg'] === message)
      if (line) return line
      await new Promise<void>(resolve => waiting.push(resolve))
    }
  }

  const task = (cmd: string, more: Record<string, string> = {}) => ({
    name: 'web',
    namespace: 'test',
    phase: 'Progressing',
    metadata: { cmd, ...more },
  })

  it('makes the load of a hey command and says what came of it', async () => {
    const post = await start()
    assert.deepEqual(await post('/', task(`hey -n 30 -c 3 ${targetUrl}/`)), { status: 202, body: '' })
    const report = await logged('load finished')
    assert.equal(hits, 30)
    assert.deepEqual([report['requests'], report['statuses']], [30, { 200: 30 }])
    assert.match((await post('/metrics')).body, /loadtester_requests_total\{canary="web\.test",status="200"\} 30/)
  })

  it('keeps to the rate: 50 a second for half a second are 25 requests', async () => {
    const post = await start()
    await post('/', task(`hey -z 500ms -q 25 -c 2 ${targetUrl}/fail`))
    const report = await logged('load finished')
    assert.deepEqual([report['requests'], report['statuses']], [25, { 500: 25 }])
  })

  it('leaves load that only a shell can read to the shell, where any command may run', async () => {
    const post = await start({ policy: { allowCommands: ['*'] } })
    const line = 'hey() { echo "$@"; }; hey one'
    assert.equal((await post('/', task(`hey one || true; ${line}`, { logCmdOutput: 'true' }))).status, 202)
    assert.match(String((await logged('command finished'))['output']), /one/)
  })

  it('goes through the proxy where there is one', async () => {
    const post = await start({ proxy: new URL(targetUrl) })
    await post('/', task('hey -n 5 -c 1 http://backend-canary.webapp:9898/'))
    const report = await logged('load finished')
    assert.deepEqual([hits, report['statuses']], [5, { 200: 5 }])
  })

  it('runs a task once at a time', async () => {
    const post = await start()
    await post('/', task(`hey -z 300ms -q 10 -c 1 ${targetUrl}/`))
    assert.equal((await post('/', task(`hey -z 300ms -q 10 -c 1 ${targetUrl}/`))).status, 202)
    await logged('command skipped, it is already running')
    await logged('load finished')
    assert.equal(lines.filter(line => line['msg'] === 'load finished').length, 1)
  })

  it('reports a target that nobody listens on as errors, not as answers', async () => {
    const post = await start()
    await post('/', task('hey -n 2 -c 1 http://127.0.0.1:1/'))
    assert.deepEqual((await logged('load finished'))['errors'], { ECONNREFUSED: 2 })
  })

  it('ends what is running when it is closed', async () => {
    const post = await start()
    await post('/', task(`hey -z 60s -q 10 -c 1 ${targetUrl}/`))
    await logged('load started')
    await tester?.close()
    tester = undefined
    assert.ok(lines.some(line => line['msg'] === 'load finished'))
  })

  const answers: readonly {
    name: string
    path?: string
    body: unknown
    options?: Partial<LoadTesterOptions>
    want: { status: number; body: string | RegExp }
  }[] = [
    { name: 'refuses a body that is not JSON', body: '{', want: { status: 400, body: 'the payload is not JSON' } },
    {
      name: 'refuses metadata that are not strings',
      body: { metadata: { cmd: 1 } },
      want: { status: 400, body: 'metadata.cmd must be a string, not number' },
    },
    {
      name: 'refuses a payload without metadata',
      body: { name: 'a' },
      want: { status: 400, body: 'metadata not found in payload' },
    },
    {
      name: 'refuses a task without a command',
      body: { metadata: { type: 'cmd' } },
      want: { status: 400, body: 'cmd not found in metadata' },
    },
    {
      name: 'refuses a task of a type it does not know',
      body: { metadata: { type: 'dance' } },
      want: { status: 400, body: 'unknown task type dance' },
    },
    {
      name: 'refuses flags that hey does not have',
      body: task('hey -w http://a/'),
      want: { status: 400, body: 'hey does not know the flag -w' },
    },
    {
      name: 'refuses more connections than it can hold',
      body: task('hey -c 5000 http://a/'),
      want: { status: 400, body: 'connections must be from 1 to 1000, not 5000' },
    },
    {
      name: 'refuses other programs',
      body: task('curl http://a/'),
      want: { status: 403, body: /^"curl" may not be run: hey and wrk are built in, no other program may be started/ },
    },
    {
      name: 'refuses a shell',
      body: task('curl http://a/ | sh'),
      options: { policy: { allowCommands: ['curl'] } },
      want: { status: 403, body: /needs a shell; shells may not be run/ },
    },
    {
      name: 'refuses load of its own that only a shell could read',
      body: task('hey -n 1 http://a/ && hey -n 1 http://b/'),
      want: { status: 403, body: /needs a shell; shells may not be run \(--allow-commands\)/ },
    },
    {
      name: 'refuses bash',
      body: task('true', { type: 'bash' }),
      want: { status: 403, body: /^"bash" may not be run/ },
    },
    {
      name: 'refuses hosts off the list',
      body: task('hey http://example.org/'),
      options: { policy: { allowCommands: [], allowHosts: ['*.webapp'] } },
      want: { status: 403, body: /load may not go to "example.org": only to \*\.webapp/ },
    },
    {
      name: 'runs bash where it is allowed and gives the output when asked',
      body: task('echo hi', { type: 'bash', returnCmdOutput: 'true' }),
      options: { policy: { allowCommands: ['bash'] } },
      want: { status: 200, body: 'hi\n' },
    },
    {
      name: 'tells the exit code of bash',
      body: task('echo no; exit 3', { type: 'bash' }),
      options: { policy: { allowCommands: ['bash'] } },
      want: { status: 500, body: 'command echo no; exit 3 failed: no\n: exit status 3' },
    },
    {
      name: 'answers only to the namespaces it serves',
      body: task('hey http://a/'),
      options: { namespaces: /^prod/ },
      want: { status: 403, body: 'Forbidden' },
    },
    { name: 'always approves', path: '/gate/approve', body: '', want: { status: 200, body: 'OK' } },
    { name: 'always halts', path: '/gate/halt', body: '', want: { status: 403, body: 'Forbidden' } },
    {
      name: 'keeps a gate closed that nobody opened',
      path: '/gate/check',
      body: { name: 'a', namespace: 'b' },
      want: { status: 403, body: 'Forbidden' },
    },
    { name: 'is healthy', path: '/healthz', body: '', want: { status: 200, body: 'OK' } },
  ]
  for (const c of answers) {
    it(c.name, async () => {
      const answer = await (await start(c.options))(c.path ?? '/', c.body)
      assert.equal(answer.status, c.want.status, answer.body)
      if (typeof c.want.body === 'string') assert.equal(answer.body, c.want.body)
      else assert.match(answer.body, c.want.body)
    })
  }

  for (const kind of ['gate', 'rollback']) {
    it(`opens and closes the ${kind} of one canary`, async () => {
      const post = await start()
      const me = { name: 'web', namespace: 'test' }
      assert.equal((await post(`/${kind}/open`, me)).status, 202)
      assert.deepEqual(await post(`/${kind}/check`, me), { status: 200, body: 'Approved' })
      assert.equal((await post(`/${kind}/check`, { ...me, name: 'other' })).status, 403)
      assert.equal((await post(`/${kind}/close`, me)).status, 202)
      assert.equal((await post(`/${kind}/check`, me)).status, 403)
    })
  }
})
