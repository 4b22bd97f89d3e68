import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Pool } from 'pg'
import { type Config, readConfig } from '../../src/config.ts'
import { signAccessToken } from '../../src/http/tokens/tokens.ts'
import { type RunningHub, startHub } from '../../src/main.ts'
import { findRunningPostgres } from '../../src/sandbox/postgres/find-running-postgres.ts'
import { readSandboxSecrets, type SandboxSecrets } from '../../src/sandbox/secrets.ts'
import { testDatabase } from './database.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; an empty object where it is not JSON. */
  readonly json: Json
}

export type Json = { readonly [key: string]: Json } & { readonly [index: number]: Json } & { readonly length: number }

/** A hub with its simulators on free ports, on a database of its own, and the ways a test talks to it. */
export type TestHub = {
  readonly running: RunningHub
  readonly secrets: SandboxSecrets
  readonly pool: Pool
  readonly dataDir: string
  /** Signs an access token; a fresh subject unless given. */
  token(scope: string, subject?: string): string
  gateway(method: string, path: string, how?: How): Promise<Answer>
  khqr(method: string, path: string, how?: How): Promise<Answer>
  integration(method: string, path: string, how?: How): Promise<Answer>
  /** The simulator's control API. */
  simulator(method: string, path: string, body?: unknown): Promise<Answer>
  /** A fresh bill made by the simulator. */
  bill(what?: { system?: string; amount?: string; currency?: string }): Promise<string>
  /** The credits that the policy systems' own journal lists for a payment. */
  credits(
    paymentId: number | string,
  ): Promise<{ system: string; amount: string; currency: string; policyNumber: string }[]>
  stop(): Promise<void>
}

export type How = {
  readonly token?: string | undefined
  readonly json?: unknown
  readonly body?: string | Uint8Array | undefined
  readonly headers?: Readonly<Record<string, string>>
}

let subjects = 0

/** Starts one for the tests of a file; `t` is the suite or test whose end stops it. `adjust` has the last word. */
export async function startTestHub(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
  adjust: (config: Config) => Config = (config) => config,
): Promise<TestHub> {
  const { url, pool } = await testDatabase(t)
  return startOn(
    t,
    (dataDir) => testEnvironment(dataDir, url, settings),
    () => pool,
    adjust,
  )
}

/** As `startTestHub`, on the embedded PostgreSQL of its own data folder, as a hub without `DATABASE_URL` has it. */
export async function startEmbeddedTestHub(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestHub> {
  const environment = (dataDir: string) => {
    const { DATABASE_URL: _, ...rest } = testEnvironment(dataDir, '', settings)
    return rest
  }
  return startOn(t, environment, (dataDir) => {
    const pool = new Pool({ ...findRunningPostgres({ dataDir }), max: 4 })
    pool.on('error', () => {})
    t.after(() => pool.end())
    return pool
  })
}

async function startOn(
  t: TestContext,
  environment: (dataDir: string) => Record<string, string>,
  poolOf: (dataDir: string) => Pool,
  adjust: (config: Config) => Config = (config) => config,
): Promise<TestHub> {
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-test-'))
  const running = await startOnFreePorts(() => adjust(readConfig({}, environment(dataDir))))
  const secrets = readSandboxSecrets(dataDir)
  if (!secrets) throw new Error('The hub made no sandbox secrets')
  const hub = talkTo(running, secrets, poolOf(dataDir), dataDir)
  t.after(async () => {
    await hub.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return hub
}

/** A port that was free when it was chosen may be another test's a moment later: then others are chosen. */
export async function startOnFreePorts(config: () => Config): Promise<RunningHub> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startHub(config(), { progress: () => {} })
    } catch (error) {
      const isTaken = error instanceof Error && /is taken by another program|EADDRINUSE/.test(error.message)
      if (!isTaken || tries === 3) throw error
    }
  }
}

/** Default settings, on free ports; everything else only where a test's title names it. */
export function testEnvironment(
  dataDir: string,
  databaseUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    HUB_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    HUB_GATEWAY_PORT: '0',
    HUB_KHQR_PORT: '0',
    HUB_INTEGRATION_PORT: '0',
    HUB_SIMULATOR_PORT: '0',
    LOG_LEVEL: 'silent',
    ...settings,
  }
}

/** The ways a test talks to a hub, in this process or another. */
export function talkTo(running: RunningHub, secrets: SandboxSecrets, pool: Pool, dataDir: string): TestHub {
  const { ports, tokens } = running
  const at =
    (port: number) =>
    (method: string, path: string, how: How = {}) =>
      call(`http://127.0.0.1:${port}${path}`, method, how)
  const simulate = at(ports.simulator)
  const hub: TestHub = {
    running,
    secrets,
    pool,
    dataDir,
    token: (scope, subject = `test-${(subjects += 1)}`) => signAccessToken(tokens, { subject, scope, ttlS: 3_600 }),
    gateway: at(ports.gateway),
    khqr: at(ports.khqr),
    integration: at(ports.integration),
    simulator: (method, path, body) => simulate(method, path, body === undefined ? {} : { json: body }),
    async bill(what = {}) {
      const made = await simulate('POST', '/_simulator/bills', { json: { count: 1, ...what } })
      return String(made.json['numbers']?.[0])
    },
    async credits(paymentId) {
      const journal = (await simulate('GET', '/_simulator/journal')).json as unknown as Journal
      return Object.entries(journal.policySystems).flatMap(([system, { credits }]) =>
        credits
          .filter((credit) => String(credit.paymentId) === String(paymentId))
          .map((credit) => ({ system, ...credit })),
      )
    },
    stop: () => running.stop(),
  }
  return hub
}

export type Journal = {
  readonly banks: Record<
    string,
    {
      payments: {
        transactionId: string
        reference: string
        amount: string
        currency: string
        paidAt: string
        status: string
      }[]
    }
  >
  readonly policySystems: Record<
    string,
    { credits: { paymentId: string | number; policyNumber: string; amount: string; currency: string }[] }
  >
}

export async function call(url: string, method: string, how: How): Promise<Answer> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(how.token === undefined ? {} : { authorization: `Bearer ${how.token}` }),
      ...(how.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...how.headers,
    },
    ...(how.json === undefined ? {} : { body: JSON.stringify(how.json) }),
    ...(how.body === undefined ? {} : { body: how.body }),
  })
  const text = await response.text()
  let json = {} as Json
  try {
    json = JSON.parse(text) as Json
  } catch {
    // Not JSON: the text is there.
  }
  return { status: response.status, headers: response.headers, text, json }
}

/** Asks again until `look` answers something, or fails after `withinMs`, naming what was waited for. */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined | false>,
  withinMs = 10_000,
): Promise<Found> {
  const until = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > until) throw new Error(`Waited ${withinMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
