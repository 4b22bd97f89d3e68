import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from './free-ports.ts'
import type { Pool } from 'pg'
import { readConfig } from '../../src/config.ts'
import type { RunningHub } from '../../src/main.ts'
import { sampleWorld } from '../../src/sandbox/sample-world.ts'
import { readSandboxSecrets } from '../../src/sandbox/secrets.ts'
import { openDatabase } from '../../src/store/db.ts'
import { testDatabase } from './database.ts'
import { type HubProcess, startHubProcess } from './hub-process.ts'
import { eventually, talkTo, type TestHub, testEnvironment } from './running-hub.ts'

/** A hub as a process that can be killed, on ports that stay its own, with the simulator that outlives it. */
export type ProcessWorld = {
  /** Talks to whichever process is there. */
  readonly hub: TestHub
  /** Starts it, instead of the one that runs; it will kill itself at this checkpoint. */
  start(dieAt?: string): Promise<void>
  /** Waits until the running one is dead, which it must be by its own hand, at the checkpoint it was to die at. */
  isDead(): Promise<void>
  /** A second process of the same installation, on the same database and the same banks. Answers how to stop it. */
  startSecond(): Promise<() => Promise<unknown>>
}

const dieAt = new URL('./die-at.ts', import.meta.url).href

export async function openProcessWorld(t: TestContext): Promise<ProcessWorld> {
  const { url, pool } = await testDatabase(t)
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-die-'))
  const note = join(dataDir, 'died-at')
  const [gateway = 0, khqr = 0, integration = 0, simulator = 0] = await freePorts(4)
  const environment = testEnvironment(dataDir, url, {
    HUB_GATEWAY_PORT: String(gateway),
    HUB_KHQR_PORT: String(khqr),
    HUB_INTEGRATION_PORT: String(integration),
    HUB_SIMULATOR_PORT: String(simulator),
    HUB_REQUESTS_PER_MINUTE: '10000',
  })
  const config = readConfig({}, environment)
  const ports = { gateway, khqr, integration, simulator }
  const world = sampleWorld(config, ports)
  const secrets = readSandboxSecrets(dataDir)
  assert.ok(secrets)
  const db = openDatabase({ connectionString: url }, { poolSize: 2, onError: () => {} })
  const running = {
    ports,
    tokens: { secret: secrets.tokenSecret, issuer: 'khqr-hub', audience: 'khqr-hub' },
    db,
    // What the check of the books asks of the sandbox's banks: all but one of them write our reference.
    hub: { banks: new Map(Object.keys(world.banks).map((code) => [code, { bank: { describe: () => can(code) } }])) },
    stop: () => Promise.resolve(),
  } as unknown as RunningHub
  let process: HubProcess | undefined
  let wanted: string | undefined
  t.after(async () => {
    await process?.stop()
    await db.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return {
    hub: talkTo(running, secrets, pool, dataDir),
    async start(point) {
      await process?.stop()
      wanted = point
      rmSync(note, { force: true })
      const dying = { NODE_OPTIONS: `--import ${dieAt}`, DIE_AT: point ?? '', DIE_NOTE: note }
      process = await startHubProcess(point === undefined ? environment : { ...environment, ...dying })
    },
    async isDead() {
      await eventually(
        `the hub to die at ${wanted}`,
        async () => existsSync(note) && readFileSync(note).length > 0,
        30_000,
      )
      assert.equal(readFileSync(note, 'utf8'), wanted)
      await process?.kill()
      await leasesEnd(pool)
    },
    async startSecond() {
      const own = mkdtempSync(join(tmpdir(), 'khqr-hub-second-'))
      t.after(() => rmSync(own, { recursive: true, force: true }))
      copyFileSync(join(dataDir, 'sandbox-secrets.json'), join(own, 'sandbox-secrets.json'))
      const file = join(own, 'config.json')
      writeFileSync(file, JSON.stringify({ banks: world.banks, policySystems: world.policySystems }))
      const second = await startHubProcess(testEnvironment(own, url), ['--config', file])
      t.after(() => second.stop())
      return () => second.stop()
    },
  }
}

/** What the dead had claimed of deliveries is free, and what it may have sent is long enough ago to be asked about. */
async function leasesEnd(pool: Pool): Promise<void> {
  await pool.query(`update event_deliveries set next_try_at = now() where state = 'due'`)
  for (const table of ['credits', 'credit_notes']) {
    await pool.query(`update ${table} set last_sent_at = last_sent_at - interval '3 minutes' where state = 'sending'`)
  }
}

function can(code: string) {
  return { writesReference: code !== 'ABA' }
}
