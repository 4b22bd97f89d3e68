import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, call } from '../../support/running-hub.ts'
import type { Deed } from './customers.ts'
import type { Ground } from './ground.ts'
import { letCodesEnd } from './pass-time.ts'
import type { Random } from './random.ts'
import { tried } from './tried.ts'

/** Whose code it is: of the method's name, for a bank's is said to the simulator. */
export type OrderMethod = 'abapay_khqr_deeplink' | 'bakong'

export type ShownOrder = {
  readonly method: OrderMethod
  readonly qr: string
  /** What the bank knows the code by, as the order API says. */
  readonly transactionId: string
  readonly payment: number | undefined
}

/** A customer of a shop with one order; the ways in which a day of theirs can go stand in `orderDays`. */
export type Buyer = {
  readonly random: Random
  readonly order: { readonly number: string; readonly currency: 'USD' | 'KHR'; readonly total: string }
  /** The shop makes the order, and asks until it is made. False: never, within its patience. */
  places(): Promise<boolean>
  /** Asks for a code, always with the same key, a few times. Undefined: none was shown. */
  code(method: OrderMethod): Promise<ShownOrder | undefined>
  /** Pays a shown code, once. */
  pay(shown: ShownOrder, how?: Readonly<Record<string, unknown>>): Promise<Answer | undefined>
  /** Pays so late that PayWay gives the money back at once. */
  reversed(shown: ShownOrder): Promise<void>
  /** From now on the bank says so of the code when it is asked. */
  listed(shown: ShownOrder, verify: 'paid' | 'unpaid'): Promise<void>
  /** The shop gives the order up, and insists for a while: what it was told at last. */
  cancels(): Promise<number | undefined>
  /** Reads the order's payment for some seconds. */
  watch(forMs: number): Promise<void>
  /** An hour passes for the order's codes. */
  goesAway(shown: ShownOrder): Promise<void>
  wait(leastMs: number, mostMs: number): Promise<void>
}

type Self = { readonly deeds: Deed[]; readonly subject: string }

export const bankOf = { abapay_khqr_deeplink: 'ABA', bakong: 'BAKONG' } as const satisfies Record<OrderMethod, string>

const totals = { USD: ['25.00', '0.75', '149.99', '1320.00'], KHR: ['100000', '4100', '60000'] } as const
const patienceMs = 8_000
const shopPatienceMs = 7_000
/** Asking for codes is limited to five a minute for each customer, whatever is answered. */
const mostAsks = 4

export function createBuyer(ground: Ground, random: Random, self: Self): Buyer {
  const currency = random.pick(['USD', 'KHR'] as const)
  const number = `SAMPLE-${self.subject}-${random.whole(1, 1_000_000)}`
  const order = { number, currency, total: random.pick<string>(totals[currency]) }
  const desk = openDesk(ground, random, self, order)
  const { did, control } = desk
  return {
    random,
    order,
    places: () => place(desk, order, self.subject),
    code: (method) => askForCode(desk, method),
    pay: (shown, how = {}) => {
      const { method, qr, payment } = shown
      return control('/_simulator/pay', { bank: bankOf[method], qr, ...asAt(method, how) }, payment)
    },
    async reversed({ method, qr, payment }) {
      await control('/_simulator/pay', { bank: bankOf[method], qr, late: true }, payment)
    },
    async listed(shown, verify) {
      const answer = await ground.simulator.controlPatiently('POST', '/_simulator/verify', named(shown, verify))
      did(`the bank says ${verify} from now on → ${answer.status}`, shown.payment)
    },
    cancels: () => cancel(desk),
    watch: (forMs) => watch(desk, forMs),
    async goesAway({ payment }) {
      if (payment === undefined) return
      await letCodesEnd(ground, payment)
      did('an hour passes for this order', payment)
    },
    wait: (leastMs, mostMs) => delay(random.whole(leastMs, mostMs)),
  }
}

type Desk = {
  readonly random: Random
  readonly did: (what: string, payment?: number) => void
  /** Asks a hub once, below the path of orders. */
  readonly ask: (
    by: 'shop' | 'customer',
    method: string,
    path: string,
    more?: Parameters<typeof call>[2],
  ) => Promise<Answer | undefined>
  readonly control: (
    path: string,
    body: Readonly<Record<string, unknown>>,
    payment: number | undefined,
  ) => Promise<Answer | undefined>
  readonly payment: () => Promise<number | undefined>
  /** Of the order, once it is made. */
  uuid: string
}

function openDesk(ground: Ground, random: Random, { deeds, subject }: Self, { number }: Buyer['order']): Desk {
  const did: Desk['did'] = (what, payment) => {
    deeds.push({ at: Date.now(), bill: number, payment, what })
  }
  // Each shop is a client of its own: requests are limited for each.
  const tokens = { shop: ground.shopToken(`shop-of-${subject}`), customer: ground.customerToken(subject) }
  const base = `http://127.0.0.1:${ground.fromBanks.port}/api/order/v1`
  return {
    random,
    did,
    ask: (by, method, path, more = {}) =>
      tried(call(base + path, method, { token: tokens[by], ...more }), shopPatienceMs),
    async control(path, body, payment) {
      const answer = await tried(ground.simulator.control('POST', path, body))
      const { qr: _qr, ...said } = body
      const told = answer ? `${answer.status} ${answer.text.slice(0, 300)}` : 'no answer'
      did(`${path} ${JSON.stringify(said)} → ${told}`, payment)
      return answer
    },
    payment: () => paymentOf(ground, number),
    uuid: '',
  }
}

async function place(desk: Desk, order: Buyer['order'], subject: string): Promise<boolean> {
  const { number, total, currency } = order
  const json = { order_number: number, customer_id: subject, total, currency }
  const headers = { 'idempotency-key': randomUUID() }
  const answer = await insist(desk.random, [201], () => desk.ask('shop', 'POST', '/orders', { json, headers }))
  const data = answer?.json['data'] as { order?: { uuid?: string } } | undefined
  desk.uuid = data?.order?.uuid ?? ''
  desk.did(`orders ${total} ${currency} → ${answer?.status ?? 'no answer'}`)
  return desk.uuid !== ''
}

async function askForCode(desk: Desk, method: OrderMethod): Promise<ShownOrder | undefined> {
  const json = { payment_method_code: method, first_name: 'Sample', last_name: 'Customer' }
  const headers = { 'idempotency-key': randomUUID() }
  const path = `/customer/orders/${desk.uuid}/payment/khqr`
  let answer: Answer | undefined
  for (let asked = 0; asked < mostAsks && answer?.status !== 200 && !isFinal(answer); asked += 1) {
    if (asked > 0) await delay(desk.random.whole(300, 1_500))
    answer = await desk.ask('customer', 'POST', path, { json, headers })
  }
  const payment = await desk.payment()
  const why = answer?.status === 200 ? '' : ` ${answer?.text.slice(0, 200) ?? ''}`
  desk.did(`asks for a code (${method}) → ${answer ? answer.status : 'no answer'}${why}`, payment)
  if (answer?.status !== 200) return undefined
  const khqr = (answer.json['data'] as { khqr?: Readonly<Record<string, unknown>> } | undefined)?.khqr ?? {}
  return { method, qr: String(khqr['qr_string']), transactionId: String(khqr['transaction_id']), payment }
}

async function cancel(desk: Desk): Promise<number | undefined> {
  const json = { reason: 'the suite has changed its mind' }
  const path = `/orders/${desk.uuid}/cancel`
  const answer = await insist(desk.random, [200, 409, 422], () => desk.ask('shop', 'POST', path, { json }))
  desk.did(`its shop cancels it → ${answer ? `${answer.status} ${answer.text.slice(0, 200)}` : 'no answer'}`)
  return answer?.status
}

async function watch(desk: Desk, forMs: number): Promise<void> {
  const until = Date.now() + forMs
  for (;;) {
    const answer = await desk.ask('customer', 'GET', `/customer/orders/${desk.uuid}/payment/status`)
    const data = answer?.json['data'] as { order?: { status?: string } } | undefined
    if (data?.order?.status === 'paid' || Date.now() > until)
      return desk.did(`reads it → ${data?.order?.status ?? 'no answer'}`)
    await delay(700)
  }
}

/** The network knows codes by their text alone, and PayWay by its `tran_id`. */
function named({ method, qr, transactionId }: ShownOrder, verify: string): Readonly<Record<string, unknown>> {
  const code = method === 'bakong' ? { qr } : { paymentId: transactionId }
  return { bank: bankOf[method], ...code, verify }
}

/** The network tells nobody, and pays what has ended when it is told to; PayWay's word for that is another. */
function asAt(method: OrderMethod, how: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { late, webhook, signature, shape, payerCurrency, ...rest } = how
  if (method === 'bakong') return { ...rest, ...(late === undefined ? {} : { late }) }
  const told = { webhook, signature, shape, payerCurrency, ...(late === undefined ? {} : { force: late }) }
  return { ...rest, ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) }
}

/** Asking again would be answered the same. */
function isFinal(answer: Answer | undefined): boolean {
  return answer !== undefined && [403, 404, 422, 429].includes(answer.status)
}

async function insist(
  random: Random,
  wanted: readonly number[],
  asking: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  const until = Date.now() + patienceMs
  for (;;) {
    const answer = await asking()
    if (answer && (wanted.includes(answer.status) || Date.now() > until)) return answer
    if (Date.now() > until) return undefined
    await delay(random.whole(300, 1_000))
  }
}

async function paymentOf(ground: Ground, order: string): Promise<number | undefined> {
  const rows = await ground.postgres
    .ask<{ number: number }>(
      `select number::float8 as number from payments where payable_kind = 'order' and bill_number = $1 order by number desc limit 1`,
      [order],
    )
    .catch(() => [])
  return rows[0]?.number
}
