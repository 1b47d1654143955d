import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { choosePrometheus, PrometheusChoiceError } from './choice.ts'

const says = (text: string, code = 0) => `#!/bin/sh\necho '${text}'\nexit ${code}\n`

describe('choosePrometheus', () => {
  let dir = ''
  let base = ''
  const server = createServer((request, response) => {
    const isQuery = request.url?.startsWith('/prom/api/v1/query?query=1')
    if (request.url?.startsWith('/page/')) return response.end('<html>')
    response.statusCode = isQuery ? 200 : 404
    response.end(isQuery ? '{"status":"success","data":{}}' : 'none')
  })
  const choose = (value: string) =>
    choosePrometheus(value.replace('BASE', base), { cwd: dir, searchPath: `/nonexistent:${path.join(dir, 'bin')}` })

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'serin-choice-'))
    await mkdir(path.join(dir, 'bin'))
    const files = {
      'bin/prometheus': says('prometheus, version 9.9.9 (branch: none)'),
      'bin/other': says('other 1.0'),
      'bin/odd': says('prometheus, version 1.0', 3),
    }
    for (const [name, text] of Object.entries(files)) {
      await writeFile(path.join(dir, name), text)
      await chmod(path.join(dir, name), 0o755)
    }
    await writeFile(path.join(dir, 'bin/plain'), 'text')
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(async () => {
    server.close()
    server.closeAllConnections()
    await rm(dir, { recursive: true, force: true })
  })

  const good: readonly { name: string; value: string; want: () => unknown }[] = [
    {
      name: 'a program on PATH',
      value: 'prometheus',
      want: () => ({ kind: 'binary', file: path.join(dir, 'bin/prometheus') }),
    },
    {
      name: 'a path from the working directory',
      value: './bin/prometheus',
      want: () => ({ kind: 'binary', file: path.join(dir, 'bin/prometheus') }),
    },
    {
      name: 'a program that ends --version with a code',
      value: 'odd',
      want: () => ({ kind: 'binary', file: path.join(dir, 'bin/odd') }),
    },
    { name: 'a URL', value: 'BASE/prom', want: () => ({ kind: 'url', url: `${base}/prom` }) },
    { name: 'a URL without its last slash', value: 'BASE/prom/', want: () => ({ kind: 'url', url: `${base}/prom` }) },
  ]
  for (const { name, value, want } of good) {
    it(`takes ${name}`, async () => assert.deepEqual(await choose(value), want()))
  }

  const bad: readonly { name: string; value: string; says: RegExp }[] = [
    { name: 'nothing', value: '', says: /^--prometheus "": give the URL/ },
    { name: 'a scheme that is not HTTP', value: 'ftp://x', says: /must begin with http:\/\/ or https:\/\// },
    { name: 'a URL that is none', value: 'http://', says: /it is no URL/ },
    { name: 'a URL with a query', value: 'BASE/prom?a=b', says: /must end before \? and #/ },
    { name: 'a port where nobody listens', value: 'http://127.0.0.1:2', says: /nothing answers there: ECONNREFUSED/ },
    { name: 'another server', value: 'BASE', says: /is no Prometheus: 404 to \/api\/v1\/query/ },
    { name: 'a server that answers pages', value: 'BASE/page', says: /is no Prometheus: 200/ },
    { name: 'a name that is not on PATH', value: 'promtheus', says: /no program of that name is on PATH/ },
    { name: 'a missing file', value: './none', says: /there is no such file/ },
    { name: 'a folder', value: './bin', says: /it is not a file/ },
    { name: 'a file that is no program', value: './bin/plain', says: /it cannot be run: EACCES/ },
    { name: 'another program', value: './bin/other', says: /it is not Prometheus/ },
  ]
  for (const { name, value, says } of bad) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(choose(value), error => error instanceof PrometheusChoiceError && says.test(error.message))
    })
  }
})
