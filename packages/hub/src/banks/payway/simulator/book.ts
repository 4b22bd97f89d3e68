import { fromMinor, minorOf } from './amounts.ts'
import type { BookRecord, Capture, Charge, JournalPayment, Link, Look, LookMode, Refund, Tran } from './book-records.ts'
import type { Ports } from './ports.ts'

/** All that is known of one `tran_id`. */
export type Entry = {
  tran: Tran
  charges: Charge[]
  readonly refunds: Refund[]
  capture: Capture | undefined
  isClosed: boolean
  mode: LookMode
  /** Reads since it flaps. */
  flaps: number
}

/** What PayWay believes. Every change is kept and comes back through `recall` at the next start. */
export class Book {
  readonly #ports: Ports
  readonly #entries = new Map<string, Entry>()
  /** The text of every code that was given out → its `tran_id`; undefined for one that nobody can pay. */
  readonly #codes = new Map<string, string | undefined>()
  readonly #links = new Map<string, { link: Link; voidedAtMs: number | undefined }>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  write(record: BookRecord): void {
    this.#ports.keep(record)
    this.recall(record)
  }

  recall(record: BookRecord): void {
    switch (record.k) {
      case 'tran':
        return this.#open(record)
      case 'again':
        return this.#change(record.tranId, (entry) => {
          entry.tran = { ...entry.tran, hasPage: true, amount: record.amount, currency: record.currency }
        })
      case 'dead-code':
        this.#codes.set(record.qr, undefined)
        return undefined
      case 'charge':
        return this.#change(record.tranId, (entry) => entry.charges.push(record))
      case 'close':
        return this.#change(record.tranId, (entry) => (entry.isClosed = true))
      case 'refund':
        return this.#change(record.tranId, (entry) => entry.refunds.push(record))
      case 'capture':
        return this.#change(record.tranId, (entry) => (entry.capture = record))
      case 'look':
        return this.#change(record.tranId, (entry) => look(entry, record))
      case 'link':
        this.#links.set(record.id, { link: record, voidedAtMs: undefined })
        return undefined
      case 'void':
        return this.#voidLink(record.linkId, record.atMs)
    }
  }

  get nextNumber(): number {
    return this.#entries.size + 1
  }

  entry(tranId: string): Entry | undefined {
    return this.#entries.get(tranId)
  }

  entries(): Entry[] {
    return [...this.#entries.values()]
  }

  /** By its own id, or the newest whose id begins with this payment number. */
  find(name: string): Entry | undefined {
    return this.entry(name) ?? this.entries().findLast(({ tran }) => tran.tranId.startsWith(`${name}-`))
  }

  /** `dead`: it was given out, and nobody can pay it. */
  byCode(qr: string): Entry | 'dead' | undefined {
    if (!this.#codes.has(qr)) return undefined
    const tranId = this.#codes.get(qr)
    return tranId === undefined ? 'dead' : this.entry(tranId)
  }

  link(id: string): { link: Link; voidedAtMs: number | undefined } | undefined {
    return this.#links.get(id)
  }

  linkBySlug(slug: string): Link | undefined {
    return [...this.#links.values()].find(({ link }) => link.slug === slug)?.link
  }

  /** Booked charges that reads may tell of now. Under `flap` every second call finds none. */
  listed(entry: Entry): Charge[] {
    if (entry.mode === 'flap' && ++entry.flaps % 2 === 0) return []
    return entry.charges.filter((charge) => charge.fate === 'booked' && this.#isListed(charge))
  }

  /** Everything that payers sent, as the journal shows it. */
  payments(): JournalPayment[] {
    return this.entries().flatMap((entry) => entry.charges.map((charge, at) => this.#row(entry, charge, at)))
  }

  #row(entry: Entry, charge: Charge, at: number): JournalPayment {
    const { tranId, amount, currency, method, paidAmount, paidCurrency } = charge
    // PayWay refunds a transaction, not one of its charges: the first takes it all.
    const refunds = at === 0 ? entry.refunds : []
    return {
      transactionId: at === 0 ? tranId : `${tranId}/${charge.bankRef}`,
      reference: tranId,
      amount,
      currency,
      paidAt: new Date(charge.atMs).toISOString(),
      status: this.#statusOf(entry, charge),
      refunded: fromMinor(sum(refunds), currency),
      refunds: refunds.map((one) => ({ amount: one.amount, at: new Date(one.atMs).toISOString() })),
      method,
      paidAmount,
      paidCurrency,
    }
  }

  #statusOf({ tran, capture }: Entry, charge: Charge): JournalPayment['status'] {
    if (charge.fate === 'reversed') return 'REVERSED'
    if (tran.type === 'pre-auth' && capture?.act !== 'complete') return capture ? 'CANCELLED' : 'PRE-AUTH'
    return this.#isListed(charge) ? 'SUCCESS' : 'PENDING'
  }

  #isListed({ hidden, listedFromMs }: Charge): boolean {
    return !hidden && listedFromMs <= this.#ports.nowMs()
  }

  #open(tran: Tran): void {
    const entry: Entry = {
      tran,
      charges: [],
      refunds: [],
      capture: undefined,
      isClosed: false,
      mode: 'truth',
      flaps: 0,
    }
    this.#entries.set(tran.tranId, entry)
    if (tran.qr !== '') this.#codes.set(tran.qr, tran.tranId)
  }

  #voidLink(linkId: string, atMs: number): void {
    const kept = this.#links.get(linkId)
    if (kept) kept.voidedAtMs = atMs
  }

  #change(tranId: string, change: (entry: Entry) => unknown): void {
    const entry = this.#entries.get(tranId)
    if (entry) change(entry)
  }
}

function look(entry: Entry, { mode, hidden, listedFromMs = 0 }: Look): void {
  entry.mode = mode
  entry.flaps = 0
  if (hidden !== undefined) entry.charges = entry.charges.map((charge) => ({ ...charge, hidden, listedFromMs }))
}

export function sum(parts: readonly { readonly amount: string }[]): bigint {
  return parts.reduce((total, { amount }) => total + minorOf(amount), 0n)
}
