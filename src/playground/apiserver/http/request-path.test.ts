import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseResourcePath } from './request-path.ts'

const cases: readonly { path: string; want: Partial<ReturnType<typeof parseResourcePath>> | undefined }[] = [
  { path: '/api/v1', want: { group: '', version: 'v1', plural: '' } },
  { path: '/apis/apps/v1', want: { group: 'apps', version: 'v1', plural: '' } },
  { path: '/apis/apps', want: undefined },
  { path: '/version', want: undefined },
  { path: '/api/v1/pods', want: { plural: 'pods', namespace: '', name: '' } },
  { path: '/api/v1/namespaces', want: { plural: 'namespaces', namespace: '', name: '' } },
  { path: '/api/v1/namespaces/a', want: { plural: 'namespaces', namespace: '', name: 'a' } },
  { path: '/api/v1/namespaces/a/status', want: { plural: 'namespaces', name: 'a', subresource: 'status' } },
  { path: '/api/v1/namespaces/a/finalize', want: { plural: 'namespaces', name: 'a', subresource: 'finalize' } },
  { path: '/api/v1/namespaces/a/pods', want: { plural: 'pods', namespace: 'a', name: '' } },
  { path: '/api/v1/namespaces/a/pods/b/log', want: { namespace: 'a', plural: 'pods', name: 'b', subresource: 'log' } },
  { path: '/apis/g/v1/namespaces/a/status/b', want: { group: 'g', namespace: 'a', plural: 'status', name: 'b' } },
  { path: '/apis/g/v1/namespaces/a/status', want: { group: 'g', namespace: 'a', plural: 'status', name: '' } },
  {
    path: '/api/v1/services/a/proxy/x/y',
    want: { plural: 'services', name: 'a', subresource: 'proxy', rest: ['x', 'y'] },
  },
  { path: '/apis/r/v1/roles/system%3Aadmin', want: { plural: 'roles', name: 'system:admin' } },
  { path: '/api/v1/pods/%E0%A4%A', want: undefined },
  { path: '/api/v1/watch/namespaces/a/pods', want: { isWatch: true, namespace: 'a', plural: 'pods' } },
]

describe('the path of a request', () => {
  for (const { path, want } of cases) {
    it(`${path} ${want ? `addresses ${JSON.stringify(want)}` : 'addresses no resource'}`, () => {
      const parsed = parseResourcePath(path)
      if (want) assert.deepEqual({ ...parsed, ...want }, parsed)
      else assert.equal(parsed, undefined)
    })
  }
})
