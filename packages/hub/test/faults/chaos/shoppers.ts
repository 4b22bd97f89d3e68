import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, call } from '../../support/running-hub.ts'
import type { Deed } from './customers.ts'
import type { Ground } from './ground.ts'
import { letCodesEnd } from './pass-time.ts'
import type { Random } from './random.ts'
import type { Memory } from './read-books.ts'
import { tried } from './tried.ts'

export type ShownTopup = {
  /** Undefined where a façade opened it, which does not tell. */
  readonly payment: number | undefined
  readonly id: string
  readonly qr: string
  readonly checkoutPath: string | undefined
}

/** A user who tops up a wallet; the ways in which a day of theirs can go stand in `topupDays`. */
export type Shopper = {
  readonly random: Random
  readonly order: { readonly currency: 'USD' | 'KHR'; readonly amount: string }
  /** Asks until the code is shown, always with the same key. Undefined: never, within this user's patience. */
  open(): Promise<ShownTopup | undefined>
  /** As software written to the façade's older document does: the same bill again while nobody answers, or twice at once. */
  openByFacade(): Promise<ShownTopup | undefined>
  /** Pays the code with a banking app, once. Nobody tells the hub. */
  pay(topup: ShownTopup, how?: Readonly<Record<string, unknown>>): Promise<Answer | undefined>
  /** The network tells one transfer for both codes. */
  payTogether(one: ShownTopup, other: ShownTopup): Promise<void>
  /** From now on the network says so about the code. */
  listed(topup: ShownTopup, verify: 'paid' | 'unpaid'): Promise<void>
  /** "I have paid": the bank is asked at once. */
  saysPaid(topup: ShownTopup): Promise<void>
  /** Reads it for some seconds; what its status was at last. */
  watch(topup: ShownTopup, forMs: number, until: readonly string[]): Promise<string | undefined>
  /** An hour passes for this top-up. */
  goesAway(topup: ShownTopup): Promise<void>
  wait(leastMs: number, mostMs: number): Promise<void>
}

type Self = { readonly deeds: Deed[]; readonly subject: string; readonly memory: Memory }

const amounts = { USD: ['10.50', '3.20', '25.00'], KHR: ['42000', '8000'] } as const
/** The sandbox's key of the façade's merchant. */
const merchantKey = 'demo-merchant'
const patienceMs = 8_000
const shopPatienceMs = 7_000

export function createShopper(ground: Ground, random: Random, self: Self): Shopper {
  const currency = random.pick(['USD', 'KHR'] as const)
  const order = { currency, amount: random.pick<string>(amounts[currency]) }
  const desk = openDesk(ground, random, self)
  const { did, pay } = desk
  return {
    random,
    order,
    open: () => openTopup(desk, { userId: self.subject, ...order }),
    openByFacade: () => openByFacade(desk, `${self.subject}-${random.whole(1, 1_000_000)}`, order),
    pay,
    async payTogether(one, other) {
      if (one.payment !== undefined && other.payment !== undefined)
        self.memory.sharedTransfers.push([one.payment, other.payment])
      await pay(one)
      await pay(other, { sameTransferAs: one.qr })
    },
    async listed({ qr, payment }, verify) {
      const body = { bank: 'BAKONG', qr, verify }
      const answer = await ground.simulator.controlPatiently('POST', '/_simulator/verify', body)
      did(`the network says ${verify} from now on → ${answer.status}`, payment)
    },
    async saysPaid({ checkoutPath, payment }) {
      const answer = checkoutPath === undefined ? undefined : await desk.hub('POST', checkoutPath)
      did(`says "I have paid" → ${answer?.status ?? 'no answer'}`, payment)
    },
    watch: (topup, forMs, wanted) => watch(desk, topup, forMs, wanted),
    async goesAway({ payment }) {
      if (payment === undefined) return
      await letCodesEnd(ground, payment)
      did('an hour passes for this top-up', payment)
    },
    wait: (leastMs, mostMs) => delay(random.whole(leastMs, mostMs)),
  }
}

type Desk = {
  readonly random: Random
  readonly did: (what: string, payment?: number) => void
  /** Asks a hub once. */
  readonly hub: (
    method: string,
    path: string,
    more?: Pick<Parameters<typeof call>[2] & object, 'json' | 'headers'>,
  ) => Promise<Answer | undefined>
  readonly pay: Shopper['pay']
}

function openDesk(ground: Ground, random: Random, { subject, deeds }: Self): Desk {
  const token = ground.token(subject)
  const did: Desk['did'] = (what, payment) => {
    deeds.push({ at: Date.now(), bill: subject, payment, what })
  }
  return {
    random,
    did,
    hub: (method, path, more = {}) =>
      tried(call(`http://127.0.0.1:${ground.fromBanks.port}${path}`, method, { token, ...more }), shopPatienceMs),
    async pay({ qr, payment }, how = {}) {
      const answer = await tried(ground.simulator.control('POST', '/_simulator/pay', { bank: 'BAKONG', qr, ...how }))
      const said = answer ? `${answer.status} ${answer.text.slice(0, 300)}` : 'no answer'
      did(`pays ${withoutCodes(how)} → ${said}`, payment)
      return answer
    },
  }
}

/** Asks until it is answered so, or patience ends. */
async function until({ random }: Desk, asking: () => Promise<Answer | undefined>, status: number) {
  const giveUpAt = Date.now() + patienceMs
  for (;;) {
    const answer = await asking()
    if (answer?.status === status) return answer
    if (Date.now() > giveUpAt) return undefined
    await delay(random.whole(200, 800))
  }
}

async function openTopup(desk: Desk, json: Readonly<Record<string, string>>): Promise<ShownTopup | undefined> {
  const headers = { 'idempotency-key': randomUUID() }
  const answer = await until(desk, () => desk.hub('POST', '/api/topups/v1', { json, headers }), 201)
  const shown = answer && readTopup(answer)
  desk.did(`asks for a top-up ${JSON.stringify(json)} → ${answer ? answer.status : 'never shown'}`, shown?.payment)
  return shown
}

async function openByFacade(desk: Desk, bill: string, order: Shopper['order']): Promise<ShownTopup | undefined> {
  const json = { md5: merchantKey, amount: Number(order.amount), currency: order.currency, bill_number: bill }
  const ask = () => until(desk, () => desk.hub('POST', '/v1/generate_deeplink_by_qr', { json }), 200)
  const answers = await Promise.all([ask(), ...(desk.random.chance(0.5) ? [ask()] : [])])
  desk.did(`asks the façade for ${bill} → ${answers.map((one) => one?.status ?? 'never shown').join(', ')}`)
  const answer = answers.find((one) => one !== undefined)
  if (!answer) return undefined
  return { payment: undefined, id: bill, qr: String(answer.json['qr_string']), checkoutPath: undefined }
}

async function watch(
  { hub, did }: Desk,
  { id, payment }: ShownTopup,
  forMs: number,
  wanted: readonly string[],
): Promise<string | undefined> {
  const giveUpAt = Date.now() + forMs
  for (;;) {
    const answer = await hub('GET', `/api/topups/v1/${id}`)
    const status = answer?.status === 200 ? String(answer.json['status']) : undefined
    if ((status !== undefined && wanted.includes(status)) || Date.now() > giveUpAt) {
      did(`reads it → ${status ?? 'no answer'}`, payment)
      return status
    }
    await delay(500)
  }
}

function readTopup({ json }: Answer): ShownTopup {
  return {
    payment: Number(json['bill_number']),
    id: String(json['id']),
    qr: String(json['qr_string']),
    checkoutPath: new URL(String(json['checkout_url'])).pathname,
  }
}

/** The text of a code is long. */
function withoutCodes({ sameTransferAs, ...how }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(sameTransferAs === undefined ? how : { ...how, sameTransferAs: 'the other code' })
}
