/** For tests: the simulator as a process, our gateway as a small server that keeps what it was told, and JSON calls. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BakongSimulatorSettings } from '../../banks/bakong/simulator/settings.ts'
import type { BankQrSimulatorSettings } from '../../banks/bank-qr/simulator/settings.ts'
import type { SimulatorConfig, SimulatorReply } from './config.ts'

export type TestSimulator = {
  readonly url: string
  readonly pid: number
  readonly exited: Promise<number | null>
  /** SIGTERM by default; resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
  disconnect(): void
}

export async function spawnSimulator(config: SimulatorConfig): Promise<TestSimulator> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [main], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  child.send(config)
  const answered = once(child, 'message').then(([message]) => message as SimulatorReply)
  const reply = await Promise.race([answered, exited])
  if (reply === null || typeof reply !== 'object') throw new Error(`The simulator ended with ${String(reply)}.`)
  if (reply.type === 'failed') throw new Error(reply.message)
  return {
    url: `http://127.0.0.1:${reply.port}`,
    pid: child.pid ?? 0,
    exited,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await exited
    },
    disconnect: () => child.disconnect(),
  }
}

export const sampleBank: BankQrSimulatorSettings = {
  kind: 'bank-qr',
  basePath: '/amk',
  active: true,
  accounts: (['USD', 'KHR'] as const).map((currency) => ({
    merchantId: '900000000000001',
    currency,
    storeId: '800000000000001',
    terminalId: '70000001',
    payeeAccount: 'sample@amkb',
    payeeMerchantId: 'M-0001',
    merchantName: 'Sample Insurance',
    city: 'Phnom Penh',
  })),
  username: 'sample-user',
  password: 'sample-password',
  secretKey: 'example-amk-key-not-real',
  login: { path: '/auth/sign-in', style: 'json-password' },
  signature: { order: 'wire', join: '', key: 'text', output: 'base64', timestamp: 'ms' },
  qrForm: 'png',
  hasVerify: true,
  verifyForm: 'list',
  refunds: 'none',
  bankToken: 'sample-bank-token',
  webhookPath: '/AMK/khqr',
  paymentsPath: '/AMK/payments',
}

/** Every setting other than AMK's. */
export const otherBank: BankQrSimulatorSettings = {
  ...sampleBank,
  basePath: '/bank01',
  accounts: sampleBank.accounts.map((account) => ({
    ...account,
    payeeMerchantId: undefined,
    merchantId: '900000000000011',
    payeeAccount: 'sample@bk01',
  })),
  login: { path: '/auth/token', style: 'form-client-credentials' },
  signature: { order: 'sorted', join: 'k=v&', key: 'base64', output: 'HEX', timestamp: 's' },
  secretKey: Buffer.from('another-key-not-real').toString('base64'),
  qrForm: 'json',
  refunds: 'partial',
  bankToken: 'other-bank-token',
  webhookPath: '/BANK01/khqr',
  paymentsPath: '/BANK01/payments',
}

export const sampleBakong: BakongSimulatorSettings = {
  kind: 'bakong',
  basePath: '/bakong',
  alsoAtRoot: true,
  active: true,
  accounts: (['USD', 'KHR'] as const).map((currency) => ({ accountId: 'sample_shop@smpl', currency })),
  otherAccounts: ['sample_wallet@smpb'],
  email: 'shop@sample.example',
  tokenSecret: 'example-token-secret-not-real',
  callsPerDay: 100,
}

export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'simulator-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export function sampleConfig(folder: string, gatewayUrl: string, more: Partial<SimulatorConfig> = {}): SimulatorConfig {
  return {
    bind: '127.0.0.1',
    port: 0,
    dataFile: join(folder, 'simulator.jsonl'),
    gatewayUrl,
    redeliverAfterMs: [20, 20, 20],
    banks: { AMK: sampleBank, BANK01: otherBank },
    policySystems: {
      DLIS: { basePath: '/dlis', apiKey: 'sample-api-key' },
      INGENIUM: { basePath: '/ingenium', token: 'sample-token' },
    },
    ...more,
  }
}

export type JournalLine = {
  transactionId: string
  reference: string
  amount: string
  currency: string
  paidAt: string
  status: string
  refunded: string
  refunds: { refundId: string; bankRefundId: string; amount: string; status: string; at: string }[]
}

/** What a bank believes about the money of one payment id. */
export async function journalOf(url: string, bank: string, reference: string | number): Promise<JournalLine[]> {
  const { json } = await call('GET', `${url}/_simulator/journal`)
  const { payments } = (json['banks'] as Record<string, { payments: JournalLine[] }>)[bank] ?? { payments: [] }
  return payments.filter((one) => one.reference === String(reference))
}

export type Told = { method: string; path: string; headers: IncomingHttpHeaders; body: string }

/** Our side of the wire: keeps all it is told, answers as `answer` says, and lets tests wait for the n-th message. */
export async function listenAsGateway(
  answer: (told: Told, count: number) => { status: number; body?: unknown } | 'hold',
) {
  const all: Told[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const told = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      all.push(told)
      const said = answer(told, all.length)
      for (const one of waiting) if (all.length >= one.count) one.resolve()
      if (said === 'hold') return
      response.writeHead(said.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(said.body ?? {}))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    all,
    heard: (count: number): Promise<void> =>
      all.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export type Said = { status: number; headers: Headers; text: string; json: Record<string, unknown> }

/** One call; a body that is not text is sent as JSON. */
export async function call(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Said> {
  const isText = typeof body === 'string'
  const type: Record<string, string> = body === undefined || isText ? {} : { 'content-type': 'application/json' }
  const answer = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  let json: Record<string, unknown> = {}
  try {
    json = JSON.parse(text) as Record<string, unknown>
  } catch {
    // A picture, a page of HTML or half an answer.
  }
  return { status: answer.status, headers: answer.headers, text, json }
}
