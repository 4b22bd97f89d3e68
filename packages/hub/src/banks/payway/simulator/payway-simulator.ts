import { randomInt } from 'node:crypto'
import { anotherAmount, converted, type CurrencyCode } from './amounts.ts'
import { logId } from './answers.ts'
import { Book, type Entry } from './book.ts'
import type { BookRecord, Charge, Link, LookMode, PayMethod } from './book-records.ts'
import { type CallbackOrder, callbackMessages, linkMessage } from './callbacks.ts'
import { playCheckout } from './checkout.ts'
import { playClose } from './close.ts'
import type { Payway } from './gate.ts'
import { playGenerateQr } from './generate-qr.ts'
import { linkStatus, playLinks } from './links.ts'
import { playExchangeRate, playLists } from './lists.ts'
import { openTran } from './new-tran.ts'
import type { Ports, Route } from './ports.ts'
import { playPurchase } from './purchase.ts'
import { Rates } from './rates.ts'
import { playReads } from './reads.ts'
import { playRefunds } from './refund.ts'
import type { PaywaySimulatorSettings } from './settings.ts'
import { totalOf } from './state.ts'

/** What becomes of a payment, and what check and detail say of its `tran_id`. */
export const paywayBehaviours = ['paid', 'unpaid', 'unpaid-for', 'wrong-amount', 'flap', 'silent', 'garbage'] as const
export type PaywayBehaviour = (typeof paywayBehaviours)[number]

/** `waitMs`: for so long the charge is not told of. */
export type PaywayOrder = { readonly verify: PaywayBehaviour; readonly waitMs: number }

export type Paying = PaywayOrder & {
  readonly entry: Entry
  readonly method: PayMethod
  /** In the currency of the order. */
  readonly amount: string
  readonly currency: CurrencyCode
  readonly discount: string
  /** Of the payer's own account. */
  readonly payerCurrency: CurrencyCode
  readonly atMs: number
  readonly fate: Charge['fate']
}

const usualCallbackAfterMs = 200
const ownLifeMs = 30 * 86_400_000
const inApps: readonly PayMethod[] = ['khqr', 'abapay']
const inPage: readonly PayMethod[] = ['cards', 'google_pay']

/** ABA PayWay, played by us: its routes, what it believes, and what it tells those who asked to be told. */
export class PaywaySimulator {
  readonly code: string
  readonly settings: PaywaySimulatorSettings
  readonly book: Book
  readonly routes: readonly Route[]
  readonly #payway: Payway
  /** Whether the second API key has taken the place of the first. */
  readonly #isRotated: () => boolean

  constructor(code: string, settings: PaywaySimulatorSettings, ports: Ports, isRotated: () => boolean) {
    const book = new Book(ports)
    const payway: Payway = { code, settings, book, ports, rates: new Rates(ports.nowMs) }
    this.code = code
    this.settings = settings
    this.book = book
    this.#payway = payway
    this.#isRotated = isRotated
    const routes = [
      ...playPurchase(payway),
      ...playGenerateQr(payway),
      ...playReads(payway),
      ...playLists(payway),
      ...playClose(payway),
      ...playRefunds(payway),
      ...playLinks(payway),
      ...playExchangeRate(payway),
    ]
    const bases = settings.alsoAtRoot ? [settings.basePath, ''] : [settings.basePath]
    const pages = playCheckout(payway, this).map((route) => ({ ...route, path: settings.basePath + route.path }))
    this.routes = [...bases.flatMap((base) => routes.map((route) => ({ ...route, path: base + route.path }))), ...pages]
  }

  /** Takes back one kept record at the start. */
  recall(kept: Readonly<Record<string, unknown>>): void {
    // The file is the simulator's own, so the form of its lines is trusted.
    this.book.recall(kept as unknown as BookRecord)
  }

  /** Operation → the faults that it plays itself. */
  get ownFaults(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(this.routes.map(({ operation, plays }) => [operation, plays]))
  }

  /** Why a payer's app or the page would refuse; undefined where it would not. Apps say little of the reason. */
  refusalOf({ tran, charges, isClosed }: Entry, method: PayMethod, atMs: number): string | undefined {
    if (inPage.includes(method) && !tran.hasPage)
      return `No page was opened for it, and ${method} are taken there alone.`
    const takesWallets = tran.hasPage || tran.option === method || tran.linkId !== ''
    if (!inPage.includes(method) && !inApps.includes(method) && !takesWallets) return `It takes no ${method}.`
    const isOver = atMs > tran.expiresAtMs || charges.some((charge) => charge.fate === 'booked')
    // A page that is open is not closed by a close: seen three times of three.
    const staysOpen = tran.hasPage && !inApps.includes(method)
    return isOver || (isClosed && !staysOpen) ? 'Transaction expired' : undefined
  }

  /** Money of a payer, whoever would refuse it. */
  receive(paying: Paying): Charge {
    const { entry, verify, waitMs, currency, discount, payerCurrency, method, atMs, fate } = paying
    const { tranId } = entry.tran
    const amount = verify === 'wrong-amount' ? anotherAmount(paying.amount, currency) : paying.amount
    const mode = modeOf(verify)
    if (entry.mode !== mode) this.book.write({ k: 'look', tranId, mode })
    const charge: Charge = {
      tranId,
      bankRef: `100FT${String(randomInt(10 ** 11)).padStart(11, '0')}`,
      apv: String(randomInt(100_000, 1_000_000)),
      atMs,
      amount,
      currency,
      discount,
      paidAmount: converted(totalOf({ amount, discount, currency }), currency, payerCurrency),
      paidCurrency: payerCurrency,
      method,
      fate,
      hidden: verify === 'unpaid',
      listedFromMs: waitMs > 0 ? this.#payway.ports.nowMs() + waitMs : 0,
    }
    this.book.write({ k: 'charge', ...charge })
    return charge
  }

  /** From now on reads say so of all charges so far. */
  setVerify(tranId: string, { verify, waitMs }: PaywayOrder): void {
    const listedFromMs = waitMs > 0 ? this.#payway.ports.nowMs() + waitMs : 0
    this.book.write({ k: 'look', tranId, mode: modeOf(verify), hidden: verify === 'unpaid', listedFromMs })
  }

  /** Opens a transaction of PayWay's own: of a payment link, or of a code on a wall. */
  openOwn(what: { readonly link: Link } | { merchantRef: string; amount: string; currency: CurrencyCode }): Entry {
    const tranId = logId()
    const { amount, currency, merchantRef } = 'link' in what ? what.link : what
    const order = { amount, currency, lifetimeMs: ownLifeMs, callbackUrl: 'link' in what ? what.link.returnUrl : '' }
    const madeBy = 'link' in what ? 'link' : 'printed'
    const linkId = 'link' in what ? what.link.id : ''
    openTran(this.#payway, order, { tranId, madeBy, merchantRef, linkId, hasPage: linkId !== '' }, '')
    const entry = this.book.entry(tranId)
    if (!entry) throw new Error(`The transaction ${tranId} was opened and is not in the book.`)
    return entry
  }

  linkStatus(id: string): 'OPEN' | 'PAID' | 'VOIDED' {
    return linkStatus(this.#payway, id)
  }

  /** When a callback about something that happens now is told for the first time. */
  callbackAtMs(): number {
    const afterMs = this.settings.callbackAfterMs ?? usualCallbackAfterMs
    return this.#payway.ports.nowMs() + afterMs + randomInt(afterMs + 1)
  }

  /** Tells of a payment as ordered; nobody, where no address was given. */
  tell(
    { tran }: Entry,
    told: Pick<Charge, 'apv' | 'amount' | 'currency' | 'atMs'>,
    how: Partial<CallbackOrder>,
  ): number {
    const order = {
      shape: 'json' as const,
      signature: 'right' as const,
      instead: {},
      url: tran.callbackUrl,
      transactionId: tran.tranId,
      firstAtMs: this.callbackAtMs(),
      ...how,
    }
    if (order.url === '') return 0
    const { apiKey, nextApiKey = apiKey } = this.settings
    const key = this.#isRotated() ? nextApiKey : apiKey
    const messages = tran.linkId === '' ? callbackMessages(tran, told, key, order) : [linkMessage(tran, order)]
    this.#payway.ports.tell(messages)
    return messages.length
  }
}

function modeOf(verify: PaywayBehaviour): LookMode {
  return verify === 'silent' || verify === 'garbage' || verify === 'flap' ? verify : 'truth'
}
