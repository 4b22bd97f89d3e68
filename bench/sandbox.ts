import { BankQrSimulator } from '../packages/hub/src/banks/bank-qr/simulator/bank-qr-simulator.ts'
import { readConfig } from '../packages/hub/src/config.ts'
import { sampleWorld } from '../packages/hub/src/sandbox/sample-world.ts'
import { HttpConnection, jsonOf, overConnections, requestBytes } from './http-connection.ts'
import type { World } from './world.ts'

/** A payment with a code that a customer has paid, of which the hub has not heard yet. */
export type PaidPayment = {
  readonly number: number
  /** What the bank will tell the hub, as the simulator would write it. */
  readonly notice: string
}

/** What came of asking the simulator's control API and the hub for many codes at once. */
export type Prepared = {
  readonly payments: readonly PaidPayment[]
  readonly codesPerSecond: number
  /** CPU milliseconds of the hub for one `GET /khqr`. */
  readonly hubCpuMs: number
}

export const bankCode = 'AMK'
const billsPerAmount = 25
/** Requests for codes on their way at once. */
const codesAtOnce = 8

/** Bills of DLIS with amounts drawn from `random`: USD 1.00 to 500.00, 25 bills each. */
export async function makeBills(world: World, count: number, random: () => number): Promise<string[]> {
  const connection = await HttpConnection.open(world.hub.ports.simulator)
  const numbers: string[] = []
  while (numbers.length < count) {
    const json = {
      count: Math.min(billsPerAmount, count - numbers.length),
      amount: (1 + Math.floor(random() * 49_901) / 100).toFixed(2),
    }
    const answer = await connection.send(requestBytes({ method: 'POST', path: '/_simulator/bills', json }))
    numbers.push(...jsonOf<{ numbers: string[] }>(answer, 'making bills').numbers)
  }
  connection.close()
  return numbers
}

/** An access token for codes, got as any client gets one. */
export async function clientToken(world: World): Promise<string> {
  const connection = await HttpConnection.open(world.hub.ports.gateway)
  const json = {
    grant_type: 'client_credentials',
    client_id: 'demo-app',
    client_secret: world.secrets.demoClientSecret,
    scope: 'khqr:create',
  }
  const answer = await connection.send(requestBytes({ method: 'POST', path: '/auth/token', json }))
  connection.close()
  return jsonOf<{ access_token: string }>(answer, 'asking for a token').access_token
}

export function codeRequest(token: string, billNumber: string): Buffer {
  const path = `/khqr?bankCode=${bankCode}&billNumber=${billNumber}`
  return requestBytes({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } })
}

/** Makes bills, a code for each, and pays each in the simulated bank, which keeps the news to itself. */
export async function preparePayments(world: World, count: number, random: () => number): Promise<Prepared> {
  await restSchedule(world)
  const bills = await makeBills(world, count, random)
  const startedMs = performance.now()
  const { result: codes, cpu } = await world.spend(() => makeCodes(world, bills))
  const seconds = (performance.now() - startedMs) / 1_000
  return { payments: await payCodes(world, codes), codesPerSecond: count / seconds, hubCpuMs: cpu.hub / count }
}

/** A code that may be paid. */
export type Code = {
  /** Of its payment. */
  readonly number: number
  /** Of the page it is paid on, below the gateway. */
  readonly page: string
}

export async function makeCodes(world: World, bills: readonly string[]): Promise<Code[]> {
  const token = await clientToken(world)
  return overConnections(world.hub.ports.khqr, codesAtOnce, bills, async (connection, bill) => {
    const answer = await connection.send(codeRequest(token, bill))
    const { data } = jsonOf<{ data: { paymentId: number; checkout_url: string } }>(answer, `a code for ${bill}`)
    return { number: data.paymentId, page: new URL(data.checkout_url).pathname }
  })
}

/** Pays each in the simulated bank, which keeps the news to itself. */
export async function payCodes(world: World, codes: readonly Pick<Code, 'number'>[]): Promise<PaidPayment[]> {
  const writeNotice = noticeWriter(world)
  return overConnections(world.hub.ports.simulator, codesAtOnce, codes, async (connection, { number }) => {
    const json = { bank: bankCode, paymentId: number, webhook: 'drop' }
    const answer = await connection.send(requestBytes({ method: 'POST', path: '/_simulator/pay', json }))
    const { transactions } = jsonOf<{ transactions: Transaction[] }>(answer, `paying ${number}`)
    if (!transactions[0]) throw new Error(`Payment ${number} was not paid`)
    return { number, notice: writeNotice(number, transactions[0]) }
  })
}

/**
 * The hub asks banks by itself, and would find these payments before it is told of them: every bank's budget for that is
 * spent for years. What remains of the schedule runs, and gives each completed payment its new plan.
 */
export async function restSchedule(world: World): Promise<void> {
  const sql = `insert into check_budgets select code, -1e12, now() from banks
    on conflict (bank_code) do update set tokens = excluded.tokens, filled_at = excluded.filled_at`
  await world.database(1).query('bench_rest_schedule', sql, [])
}

type Transaction = { readonly amount: string; readonly currency: 'USD' | 'KHR'; readonly paidAt: string }

/** The simulated bank's own words: a bank that nobody talks to, made only to write its notices. */
function noticeWriter(world: World): (number: number, paid: Transaction) => string {
  const config = readConfig({}, world.environment)
  const settings = sampleWorld(config, world.hub.ports).simulator.banks[bankCode]
  const merchantId = settings?.accounts[0]?.merchantId
  if (!settings || merchantId === undefined) throw new Error(`The sandbox has no account at ${bankCode}`)
  const bank = new BankQrSimulator(bankCode, settings, { nowMs: Date.now, keep: () => {} })
  return (number, { amount, currency, paidAt }) =>
    bank.noticeBody({ reference: String(number), merchantId, amount, currency, atMicros: microsOf(paidAt) })
}

/** Microseconds since 1970 of an RFC 3339 time in UTC with six digits of fraction. */
function microsOf(text: string): number {
  return Date.parse(`${text.slice(0, 23)}Z`) * 1_000 + Number(text.slice(23, 26))
}
