import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invariants } from '../../src/store/invariants.ts'
import { eventually, startTestHub } from '../support/running-hub.ts'

test('a hub that starts checks every invariant, and its metrics say that none is broken', async (t) => {
  const hub = await startTestHub(t)
  const lines = await eventually('every invariant on the metrics page', async () => {
    const { text } = await hub.gateway('GET', '/actuator/prometheus')
    const found = text.split('\n').filter((line) => line.startsWith('hub_invariant_violations{'))
    return found.length === invariants.length && found
  })
  assert.deepEqual(lines.sort(), invariants.map(({ name }) => `hub_invariant_violations{invariant="${name}"} 0`).sort())
})
