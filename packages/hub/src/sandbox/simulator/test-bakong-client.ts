/** For tests: a client of the simulated Bakong, and codes to pay there. */
import { writeKhqr } from '../../banks/bank-qr/simulator/khqr-string.ts'
import { fingerprintOf, signToken } from '../../banks/bakong/simulator/tokens.ts'
import type { SimulatorConfig } from './config.ts'
import {
  call,
  type JournalLine,
  type Said,
  sampleBakong,
  sampleConfig,
  spawnSimulator,
  type TestSimulator,
  temporaryFolder,
} from './test-process.ts'

export type Envelope = {
  readonly responseCode: number
  readonly responseMessage: string
  readonly errorCode: number | null
  readonly data: Record<string, unknown> | null
}

let codes = 0

/** A dynamic code of the sample shop for USD 10.50 that nobody has seen before; the fields may be others. */
export function sampleCode(fields: Partial<Parameters<typeof writeKhqr>[0]> = {}): string {
  const now = Date.now()
  return writeKhqr({
    account: 'sample_shop@smpl',
    merchantCategoryCode: '5999',
    currencyNumber: '840',
    amount: '10.50',
    merchantName: 'Sample Shop',
    city: 'Phnom Penh',
    billNumber: String(700_000 + codes++),
    createdAtMs: now,
    expiresAtMs: now + 600_000,
    ...fields,
  })
}

/** A simulator that plays Bakong alone, and the ways a test talks to it. */
export type TestBakong = {
  url(): string
  token(): string
  fingerprint(): string
  /** One call of the open API with the token, or with `token` (none if empty). */
  ask(name: string, body: unknown, token?: string): Promise<Said & { envelope: Envelope }>
  /** A control call that must succeed. */
  control(path: string, body: unknown): Promise<Record<string, unknown>>
  /** As `control`, and says what was answered, whatever it was. */
  tryControl(path: string, body: unknown): Promise<Said>
  pay(qr: string, how?: Record<string, unknown>): Promise<{ md5: string; hashes: string[]; externalRefs: string[] }>
  fault(operation: string, fault: string, value?: unknown): Promise<void>
  clear(): Promise<void>
  spent(): Promise<number>
  journal(): Promise<(JournalLine & { md5: string })[]>
  /** Kills it and starts it again on the same file. */
  killAndRestart(): Promise<void>
  close(): Promise<void>
}

export async function startBakong(more: Partial<SimulatorConfig> = {}): Promise<TestBakong> {
  const folder = await temporaryFolder()
  const spawn = (): Promise<TestSimulator> =>
    spawnSimulator(sampleConfig(folder.path, 'http://127.0.0.1:1', { bakong: { BAKONG: sampleBakong }, ...more }))
  const token = signToken(sampleBakong.tokenSecret, Date.now())
  let simulator = await spawn()
  const tryControl = (path: string, body: unknown) => call('POST', `${simulator.url}/_simulator/${path}`, body)
  const control = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const said = await tryControl(path, body)
    if (said.status !== 200) throw new Error(`${path} was refused: ${said.text}`)
    return said.json
  }
  return {
    url: () => simulator.url,
    token: () => token,
    fingerprint: () => fingerprintOf(token),
    control,
    tryControl,
    async ask(name, body, bearer = token) {
      const headers: Record<string, string> = bearer === '' ? {} : { authorization: `Bearer ${bearer}` }
      const said = await call('POST', `${simulator.url}/bakong/v1/${name}`, body, headers)
      return { ...said, envelope: said.json as Envelope }
    },
    async pay(qr, how = {}) {
      const { md5, transactions } = await control('pay', { bank: 'BAKONG', qr, ...how })
      const all = transactions as { transactionId: string; externalRef: string }[]
      return {
        md5: String(md5),
        hashes: all.map((one) => one.transactionId),
        externalRefs: all.map((one) => one.externalRef),
      }
    },
    async fault(operation, fault, value) {
      await control('faults', { target: 'BAKONG', operation, fault, value })
    },
    async clear() {
      await call('DELETE', `${simulator.url}/_simulator/faults`)
    },
    async spent() {
      const { json } = await call('GET', `${simulator.url}/_simulator/bakong/quota`)
      const { tokens } = json as { tokens: { token: string; spent: number }[] }
      return tokens.find((one) => one.token === fingerprintOf(token))?.spent ?? 0
    },
    async journal() {
      const { json } = await call('GET', `${simulator.url}/_simulator/journal`)
      return (
        (json['banks'] as Record<string, { payments: (JournalLine & { md5: string })[] }>)['BAKONG']?.payments ?? []
      )
    },
    async killAndRestart() {
      await simulator.stop('SIGKILL')
      simulator = await spawn()
    },
    async close() {
      await simulator.stop()
      await folder.remove()
    },
  }
}

/** Resolves when a call by MD5 was counted, a later one was answered, and it was not. Fails if it was. */
export async function staysSilent(bakong: TestBakong, md5: string): Promise<void> {
  const asked = new AbortController()
  const before = await bakong.spent()
  const end = fetch(`${bakong.url()}/v1/check_transaction_by_md5`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bakong.token()}` },
    body: JSON.stringify({ md5 }),
    signal: asked.signal,
  }).then(
    () => 'an answer',
    (reason: Error) => reason.name,
  )
  while ((await bakong.spent()) === before);
  await bakong.ask('check_transaction_by_hash', { hash: 'x' })
  asked.abort()
  if ((await end) !== 'AbortError') throw new Error(`The call that should stay silent ended with ${await end}.`)
}
