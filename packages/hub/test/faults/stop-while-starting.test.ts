import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findRunningPostgres } from '../../src/sandbox/postgres/find-running-postgres.ts'
import { startPostgres } from '../../src/sandbox/postgres/start-postgres.ts'
import { testEnvironment } from '../support/running-hub.ts'

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))

test('a stop that comes while the hub is starting stops it, and its database last', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-stop-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  // Made before, so that the hub is past its cluster when the signal comes.
  await (await startPostgres({ dataDir, log: () => {} })).stop()
  const { DATABASE_URL: _, ...environment } = testEnvironment(dataDir, '')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, 'start'], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
    if (said.includes('starting the embedded PostgreSQL') && !said.includes('Stopping')) child.kill('SIGTERM')
  })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0, said)
  assert.match(said, /Stopped\./)
  assert.doesNotMatch(said, /is ready/)
  assert.equal(findRunningPostgres({ dataDir }), undefined)
})
