import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { namedCheckpoints } from './checkpoints.ts'
import { readUnexpected } from './read-logs.ts'

const failed = (event: string, message: string) => JSON.stringify({ event, job: 'relay', err: { message } })

test('of a hub’s log, what no fault explains is counted', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-logs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'hub.log')
  const lines = [
    failed('job.failed', 'the database system is in recovery mode'),
    failed('job.failed', 'cannot read properties of undefined'),
    failed('job.failed', 'cannot read properties of undefined'),
    failed('request.failed', 'Connection terminated unexpectedly'),
    "    throw er; // Unhandled 'error' event",
    JSON.stringify({ event: 'request', status: 200 }),
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  assert.deepEqual(Object.fromEntries(await readUnexpected([file])), {
    'job.failed relay: cannot read properties of undefined': 2,
    'request.failed relay: Connection terminated unexpectedly': 1,
    "    throw er; // Unhandled 'error' event": 1,
  })
})

test('the suite knows the checkpoints of the flows by name', () => {
  assert.ok(namedCheckpoints().includes('move-payment:after-write'))
})
