import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startTestHub } from '../support/running-hub.ts'

test('a client that began a request and went silent does not keep a hub from stopping', async (t) => {
  const hub = await startTestHub(t)
  const client = connect(hub.running.ports.gateway, '127.0.0.1')
  t.after(() => client.destroy())
  await once(client, 'connect')
  client.write('POST /AMK/khqr HTTP/1.1\r\nHost: hub\r\n')
  const ended = once(client, 'close')
  client.on('error', () => {})
  client.resume()
  await hub.stop()
  await ended
  assert.ok(client.destroyed)
})
