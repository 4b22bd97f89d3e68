import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { signAccessToken } from '../../src/http/tokens/tokens.ts'
import { startHub } from '../../src/main.ts'
import { readSandboxSecrets } from '../../src/sandbox/secrets.ts'
import { testDatabase } from './database.ts'
import { call, type How, testEnvironment, type TestHub } from './running-hub.ts'
import { restSchedule } from './schedule.ts'

/** A bill as this system tells it: a test changes it, or makes nonsense of it, between two questions. */
export type PlayedBill = { amount: unknown; currency: unknown; dueDate: unknown; payer?: unknown; number?: unknown }

/** A third policy system, CORE, for numbers that begin with C: the simulator's bills never change. */
export type PlayedBiller = {
  readonly bills: Map<string, PlayedBill>
  /** Answers instead of a bill, while set. */
  instead: { readonly status: number; readonly body: string } | undefined
  /** As the simulator's journal would tell them. */
  readonly credits: { system: string; paymentId: string; policyNumber: string; amount: string; currency: string }[]
  /** A fresh bill of USD 10.00; its number. */
  bill(more?: Partial<PlayedBill>): string
}

/** A hub that knows CORE beside the sandbox's own policy systems; its schedule rests. */
export async function startHubWithBiller(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ hub: TestHub; core: PlayedBiller }> {
  const { core, url } = await startBiller(t)
  const { url: databaseUrl, pool } = await testDatabase(t)
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-test-'))
  const environment = testEnvironment(dataDir, databaseUrl, { HUB_REQUESTS_PER_MINUTE: '10000', ...settings })
  const config = { ...readConfig({}, environment), policySystems: { CORE: coreSettings(url) } }
  const running = await startHub(config, { progress: () => {} })
  const secrets = readSandboxSecrets(dataDir)
  if (!secrets) throw new Error('The hub made no sandbox secrets')
  const at =
    (port: number) =>
    (method: string, path: string, how: How = {}) =>
      call(`http://127.0.0.1:${port}${path}`, method, how)
  const { ports, tokens } = running
  const simulate = at(ports.simulator)
  const hub: TestHub = {
    running,
    secrets,
    pool,
    dataDir,
    token: (scope, subject = 'a client') => signAccessToken(tokens, { subject, scope, ttlS: 3_600 }),
    gateway: at(ports.gateway),
    khqr: at(ports.khqr),
    integration: at(ports.integration),
    simulator: (method, path, body) => simulate(method, path, body === undefined ? {} : { json: body }),
    bill: async () => core.bill(),
    credits: async (id) => core.credits.filter((credit) => credit.paymentId === String(id)),
    stop: () => running.stop(),
  }
  t.after(async () => {
    await hub.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  await restSchedule(hub)
  return { hub, core }
}

function coreSettings(url: string) {
  return {
    'base-url': url,
    'allow-plain-http': true,
    prefixes: ['C'],
    'look-up': {
      path: '/bills/{number}',
      number: 'number',
      payer: 'payer',
      amount: 'amount',
      currency: 'currency',
      'due-date': 'dueDate',
    },
    credit: {
      path: '/credits',
      body: {
        paymentId: '{paymentNumber}',
        policyNumber: '{policyNumber}',
        amount: '{amount}',
        currency: '{currency}',
      },
      reference: 'creditId',
    },
    'find-credit': { path: '/credits/{paymentNumber}', reference: 'creditId' },
  }
}

async function startBiller(t: TestContext): Promise<{ core: PlayedBiller; url: string }> {
  let made = 0
  const core: PlayedBiller = {
    bills: new Map(),
    instead: undefined,
    credits: [],
    bill(more = {}) {
      const number = `C${String((made += 1)).padStart(8, '0')}`
      core.bills.set(number, { amount: '10.00', currency: 'USD', dueDate: '2031-05-01', ...more })
      return number
    },
  }
  const server = createServer((request, response) => void answer(core, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { core, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function answer(core: PlayedBiller, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, what, key = ''] = (request.url ?? '').split('/')
  const send = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body))
  if (what === 'bills') {
    const bill = core.bills.get(key)
    if (core.instead) return void response.writeHead(core.instead.status).end(core.instead.body)
    return void (bill ? send(200, { number: key, payer: 'CORE SAMPLE', ...bill }) : send(404, { error: 'NO_BILL' }))
  }
  if (request.method === 'GET') {
    const found = core.credits.some((credit) => credit.paymentId === key)
    return void (found ? send(200, { creditId: `CORE-${key}` }) : send(404, { error: 'NO_CREDIT' }))
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const credit = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Omit<PlayedBiller['credits'][number], 'system'>
  core.credits.push({ system: 'CORE', ...credit })
  send(201, { creditId: `CORE-${credit.paymentId}` })
}
