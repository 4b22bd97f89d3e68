import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, call } from '../../support/running-hub.ts'
import { createBuyer } from './buyers.ts'
import { customerDays } from './customer-days.ts'
import type { Ground } from './ground.ts'
import { orderDays } from './order-days.ts'
import type { Random } from './random.ts'
import type { Memory } from './read-books.ts'
import { createShopper } from './shoppers.ts'
import { topupDays } from './topup-days.ts'
import { tried } from './tried.ts'

/** What a customer did and what was answered, for the timeline of a payment that went wrong. */
export type Deed = {
  readonly at: number
  readonly bill: string
  readonly payment: number | undefined
  readonly what: string
}

export type Bill = {
  readonly number: string
  readonly currency: 'USD' | 'KHR'
  readonly amount: string
  readonly bank: Bank
}

export type Bank = 'AMK' | 'BANK01' | 'BANK02' | 'BAKONG'

const days = { ...customerDays, ...topupDays, ...orderDays }
export type DayName = keyof typeof days

/** One customer with one bill; the ways in which a day of theirs can go stand in `customerDays`. */
export type Customer = {
  readonly bill: Bill
  readonly random: Random
  /** Asks for the code until it is shown, as a patient customer does. Undefined: never, within this customer's patience. */
  code(bank?: Bank): Promise<number | undefined>
  /** Asks what is owed. */
  inquire(bank: Bank): Promise<void>
  /** Pays a shown code, once, at the bank whose code it is: what the simulator answered, if anything. */
  pay(payment: number, how?: Readonly<Record<string, unknown>>, bank?: Bank): Promise<Answer | undefined>
  /** Pays at the counter, once. */
  counter(bank: Bank, how?: Readonly<Record<string, unknown>>): Promise<Answer | undefined>
  /** From now on the bank's list says so about the payment. */
  listed(payment: number, verify: 'paid' | 'unpaid', bank?: Bank): Promise<void>
  /** The bank takes a movement back. */
  takeBack(payment: number, transactionId: string, bank?: Bank): Promise<void>
  wait(leastMs: number, mostMs: number): Promise<void>
}

export type Crowd = {
  readonly deeds: readonly Deed[]
  /** How many customers began a day, by the kind of day. */
  readonly days: ReadonlyMap<DayName, number>
  /** Nobody new comes; resolves when the last one has gone. */
  leave(): Promise<void>
}

export type CrowdSize = {
  /** Customers at a time. */
  readonly atOnce: number
  /** What a customer rests before the next one comes, at most. */
  readonly restMs: number
  /** Whether the hub finds payments of which no notice came: only then a notice may be dropped for good. */
  readonly hubAsksByItself: boolean
}

/** Customers keep coming, each with a bill of their own, whatever happens to the hub meanwhile. */
export function letCustomersCome(ground: Ground, random: Random, size: CrowdSize, memory: Memory): Crowd {
  const deeds: Deed[] = []
  const begun = new Map<DayName, number>()
  const state = { leaving: false }
  const weights = dayWeights(size)
  const one = async (name: string, own: Random): Promise<void> => {
    for (let visit = 1; !state.leaving; visit += 1) {
      const first = visit === 1 ? firstDays[name] : undefined
      const day = first ?? own.weighted<DayName>(weights)
      const subject = `${name}-${visit}`
      if (isTopup(day)) {
        begun.set(day, (begun.get(day) ?? 0) + 1)
        await topupDays[day].live(createShopper(ground, own, { deeds, subject, memory }))
      } else if (isOrder(day)) {
        begun.set(day, (begun.get(day) ?? 0) + 1)
        await orderDays[day].live(createBuyer(ground, own, { deeds, subject }))
      } else {
        const bill = await newBill(ground, own)
        if (!bill) {
          await delay(100)
          continue
        }
        begun.set(day, (begun.get(day) ?? 0) + 1)
        await customerDays[day].live(createCustomer(ground, own, { bill, deeds, subject }))
      }
      if (!state.leaving) await delay(own.whole(0, size.restMs))
    }
  }
  const everybody = Array.from({ length: size.atOnce }, (_, index) =>
    one(`customer-${index + 1}`, random.fork(`customer ${index + 1}`)),
  )
  return {
    deeds,
    days: begun,
    async leave() {
      state.leaving = true
      await Promise.all(everybody)
    },
  }
}

/** Also the shortest run has these. */
const firstDays: Readonly<Record<string, DayName>> = {
  'customer-1': 'tops up',
  'customer-2': 'pays a code of a bank that only tells',
  'customer-3': 'pays an order',
}

function isTopup(day: DayName): day is keyof typeof topupDays {
  return day in topupDays
}

function isOrder(day: DayName): day is keyof typeof orderDays {
  return day in orderDays
}

function dayWeights({ hubAsksByItself }: CrowdSize): Record<DayName, number> {
  type Weighed = { readonly weight: number; readonly needsAsking?: true }
  return Object.fromEntries(
    Object.entries<Weighed>(days).map(([name, { weight, needsAsking }]) => [
      name,
      needsAsking && !hubAsksByItself ? 0 : weight,
    ]),
  ) as Record<DayName, number>
}

const amounts = { USD: ['25.00', '0.75', '149.99', '1320.00', '7.10'], KHR: ['100000', '60000', '4100', '2550000'] }

/** AMK takes dollars only. */
async function newBill(ground: Ground, random: Random): Promise<Bill | undefined> {
  const bank = random.pick<Bank>(['AMK', 'BANK01'])
  const currency = bank === 'BANK01' && random.chance(0.5) ? 'KHR' : 'USD'
  const amount = random.pick(amounts[currency])
  const system = random.pick(['DLIS', 'DLIS', 'INGENIUM'])
  const made = await tried(
    ground.simulator.control('POST', '/_simulator/bills', { count: 1, system, amount, currency }),
  )
  const number = made?.json['numbers']?.[0]
  return number === undefined ? undefined : { number: String(number), currency, amount, bank }
}

type Self = { readonly bill: Bill; readonly deeds: Deed[]; readonly subject: string }

/** How long a customer goes on asking for a code, and how long a shop waits for one answer. */
const patienceMs = 8_000
const shopPatienceMs = 7_000

function createCustomer(ground: Ground, random: Random, self: Self): Customer {
  const { bill } = self
  const did = (what: string, payment?: number) => {
    self.deeds.push({ at: Date.now(), bill: bill.number, payment, what })
  }
  const control = async (path: string, body: Readonly<Record<string, unknown>>, payment?: number) => {
    const answer = await tried(ground.simulator.control('POST', path, body))
    did(
      `${path} ${JSON.stringify(body)} → ${answer ? `${answer.status} ${answer.text.slice(0, 400)}` : 'no answer'}`,
      payment,
    )
    return answer
  }
  const token = ground.token(self.subject)
  // Whose code it is, and its text: another bank may have stood in for the one that was asked for.
  const shown = new Map<string, { readonly bank: string; readonly qr: string }>()
  const codeOf = (payment: number, bank: Bank) => shown.get(`${payment} ${bank}`)
  return {
    bill,
    random,
    async code(bank = bill.bank) {
      const until = Date.now() + patienceMs
      for (;;) {
        const url = `http://127.0.0.1:${ground.fromCustomers.port}/khqr?bankCode=${bank}&billNumber=${bill.number}`
        const answer = await tried(call(url, 'GET', { token }), shopPatienceMs)
        const code = answer?.status === 200 ? answer.json['data'] : undefined
        const number = code && Number(code['paymentId'])
        const by = String(code?.['servedBy'] ?? bank)
        if (number !== undefined) shown.set(`${number} ${bank}`, { bank: by, qr: String(code?.['qrString']) })
        did(`asks for a code of ${bank} → ${answer ? `${answer.status}, of ${by}` : 'no answer'}`, number)
        if (number !== undefined || answer?.status === 404 || Date.now() > until) return number
        await delay(random.whole(200, 800))
      }
    },
    async inquire(bank) {
      const url = `http://127.0.0.1:${ground.fromBanks.port}/${bank}/payments?query=${bill.number}`
      const answer = await tried(call(url, 'GET', { token: ground.bankToken(bank) }))
      did(`asks ${bank} what is owed → ${answer?.status ?? 'no answer'}`)
    },
    pay: (payment, how = {}, bank = bill.bank) => {
      const code = codeOf(payment, bank)
      const body =
        code?.bank === 'BAKONG'
          ? { ...asAtBakong(how), bank: code.bank, qr: code.qr }
          : { bank, paymentId: payment, ...how }
      return control('/_simulator/pay', body, payment)
    },
    counter: (bank, how = {}) => control('/_simulator/bill-payment', { bank, number: bill.number, ...how }),
    async listed(payment, verify, bank = bill.bank) {
      const code = codeOf(payment, bank)
      const body =
        code?.bank === 'BAKONG' ? { bank: code.bank, qr: code.qr, verify } : { bank, paymentId: payment, verify }
      const answer = await ground.simulator.controlPatiently('POST', '/_simulator/verify', body)
      did(`the list of ${bank} says ${verify} from now on → ${answer.status}`, payment)
    },
    async takeBack(payment, transactionId, bank = bill.bank) {
      await control('/_simulator/reverse', { bank, transactionId }, payment)
    },
    wait: (leastMs, mostMs) => delay(random.whole(leastMs, mostMs)),
  }
}

/** Bakong tells nobody, so a customer can order nothing of how it is told. */
function asAtBakong({
  webhook: _webhook,
  ...how
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return how
}
