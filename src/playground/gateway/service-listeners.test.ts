import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { freePorts } from '../../../test/support/free-ports.ts'
import { systemClock } from '../../runtime/clock.ts'
import { newLogger } from '../../runtime/log.ts'
import type { MeshConfig } from './config.ts'
import { type Mesh, startMesh } from './mesh.ts'

describe('the address of a Service', () => {
  let mesh: Mesh
  let web: Server
  let log = ''
  let port = 0
  before(async () => {
    web = createServer((request, response) => void response.end(`${request.headers.host} ${request.url}`))
    web.on('connect', () => {})
    await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve))
    ;[port = 0] = await freePorts(1)
    mesh = await startMesh({
      address: '127.0.0.1',
      proxyPort: 0,
      gatewayPort: 0,
      clock: systemClock,
      random: Math.random,
      log: newLogger({
        clock: systemClock,
        write: text => {
          log += text
        },
        level: 'warn',
      }),
    })
  })
  after(async () => {
    await mesh.close()
    web.closeAllConnections()
    web.close()
  })

  function configFor(targetPort: number, clusterIP = '127.0.0.1', servicePort = port): MeshConfig {
    const workload = { namespace: 'test', name: 'web', app: 'web', version: 'v1' }
    const endpoints = [{ address: '127.0.0.1', port: targetPort, pod: 'web-1', labels: {}, workload }]
    const ports = [{ name: 'http', port: servicePort, endpoints }]
    const route = {
      origin: 'VirtualService test/web',
      meshServices: ['test/web'],
      meshHosts: [],
      gatewayHosts: [],
      rules: [{ matches: [], rewrite: { path: '/rewritten' }, destinations: [{ service: 'test/web', weight: 1 }] }],
    }
    return { services: [{ key: 'test/web', namespace: 'test', name: 'web', clusterIP, ports }], routes: [route] }
  }
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return `${answer.status} ${await answer.text()}`
  }
  const isOpen = () => ask('/').then(Boolean, () => false)

  it('leads to the Service by its rules, whatever the host is called', async () => {
    mesh.configure(configFor((web.address() as AddressInfo).port))
    await eventually('the port is open', isOpen)
    assert.equal(await ask('/a'), `200 127.0.0.1:${port} /rewritten`)
    assert.match(mesh.metrics(), /destination_workload="web".*response_code="200"/)
  })

  it('passes on what is no HTTP', async t => {
    const echo = createTcpServer(socket => socket.pipe(socket))
    await new Promise<void>(resolve => echo.listen(0, '127.0.0.1', resolve))
    t.after(() => echo.close())
    mesh.configure(configFor((echo.address() as AddressInfo).port))
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('\x16\x03\x01hello'))
      socket.once('data', chunk => {
        resolve(chunk.toString('latin1'))
        socket.destroy()
      })
      socket.once('error', reject)
    })
    assert.equal(text, '\x16\x03\x01hello')
  })

  it('is closed when the Service is gone', async () => {
    mesh.configure({ services: [], routes: [] })
    await eventually('the port is closed', async () => !(await isOpen()))
  })

  it('is said to be of no use where somebody else listens on it', async () => {
    mesh.configure(configFor(1, '127.0.0.1', (web.address() as AddressInfo).port))
    await eventually('a warning', () => /not reached at its address.*test\/web.*EADDRINUSE/.test(log))
  })
})
