import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { systemClock } from './clock.ts'
import { newHttpSender } from './http-sender.ts'

describe('requests to one server', () => {
  for (const insecureSkipVerify of [false, true]) {
    it(`share connections${insecureSkipVerify ? ', also those that take any certificate' : ''}, which end with the sender`, async () => {
      const sockets = new Set<unknown>()
      const server = createServer((_, response) => void response.end('ok'))
      server.on('connection', socket => sockets.add(socket))
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo // It listens on TCP.
      const http = newHttpSender({ clock: systemClock })
      const request = { method: 'GET', url: `http://127.0.0.1:${port}/`, timeoutMs: 5_000, insecureSkipVerify } as const
      for (let i = 0; i < 50; i++) assert.equal((await http.send(request)).status, 200)
      // A second one where the first has not quite ended its request.
      assert.ok(sockets.size <= 2, `${sockets.size} connections for 50 requests`)
      await http.close()
      // Waits for connections that are left.
      await new Promise(resolve => server.close(resolve))
    })
  }
})
