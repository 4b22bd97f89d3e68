import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { freePort } from './free-port.ts'

test('a free port can be listened at, is none of those taken, and none that an outgoing connection gets', async () => {
  const taken: number[] = []
  for (let n = 0; n < 50; n += 1) {
    const port = await freePort('127.0.0.1', taken)
    assert.ok(port >= 20_000 && port < 32_768, String(port))
    assert.ok(!taken.includes(port))
    taken.push(port)
  }
  const server = createServer().listen(taken[0], '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  await new Promise((resolve) => server.close(resolve))
})

test('an address that is not ours is an error, not an endless search', async () => {
  await assert.rejects(freePort('192.0.2.1'), /EADDRNOTAVAIL/)
})
