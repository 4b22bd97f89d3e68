import { randomBytes, randomInt } from 'node:crypto'
import { anotherAmount, type CurrencyCode, inOtherCurrency } from './amounts.ts'
import { Book } from './book.ts'
import type { BakongRecord, LookMode, Transfer } from './book-records.ts'
import type { PaidCode } from './khqr-code.ts'
import { playOtherCalls } from './other-calls.ts'
import type { Ports, Route } from './ports.ts'
import { Quota } from './quota.ts'
import type { BakongSimulatorSettings } from './settings.ts'
import { playStatusCalls } from './status-calls.ts'
import { Tokens } from './tokens.ts'

/** What becomes of a payment, and what look-ups by its MD5 say; `late` and `unpaid-for` need a time, `waitMs`. */
export const bakongBehaviours = [
  'paid',
  'unpaid',
  'wrong-amount',
  'wrong-account',
  'wrong-currency',
  'failed',
  'silent',
  'garbage',
  'flap',
  'late',
  'unpaid-for',
] as const
export type BakongBehaviour = (typeof bakongBehaviours)[number]

/** `waitMs`: for so long the transfer is not listed. `late`: Bakong itself recorded it no sooner. */
export type BakongOrder = { readonly verify: BakongBehaviour; readonly waitMs: number }

export type Arriving = BakongOrder & {
  readonly code: PaidCode
  readonly amount: string
  readonly currency: CurrencyCode
  /** When the payer sent it, by Bakong's clock. */
  readonly createdAtMs: number
  readonly instructionRef: string | null
  /** The lie: the code's look-up tells the hash of this transfer of another code, and no money moves. */
  readonly sameAs?: Transfer | undefined
}

const payersAccount = 'sample_wallet@smpb'
const someoneElse = 'another_shop@smpl'

/** The open API of Bakong, played by us: its routes, and what it believes. It never calls anybody. */
export class BakongSimulator {
  readonly code: string
  readonly settings: BakongSimulatorSettings
  readonly book: Book
  readonly quota: Quota
  readonly routes: readonly Route[]
  readonly #tokens: Tokens
  readonly #ports: Ports

  constructor(code: string, settings: BakongSimulatorSettings, ports: Ports) {
    const book = new Book(ports)
    const quota = new Quota(settings.callsPerDay, ports)
    const tokens = new Tokens(settings.tokenSecret, ports)
    this.code = code
    this.settings = settings
    this.book = book
    this.quota = quota
    this.#tokens = tokens
    this.#ports = ports
    const routes = [...playOtherCalls({ settings, tokens, book }), ...playStatusCalls({ book, tokens, quota })]
    const bases = settings.alsoAtRoot ? [settings.basePath, ''] : [settings.basePath]
    this.routes = bases.flatMap((base) => routes.map((route) => ({ ...route, path: base + route.path })))
  }

  /** Takes back one kept record at the start. */
  recall(kept: Readonly<Record<string, unknown>>): void {
    // The file is the simulator's own, so the form of its lines is trusted.
    const record = kept as BakongRecord
    switch (record.k) {
      case 'transfer':
      case 'look':
      case 'linked':
        return this.book.recall(record)
      case 'call':
      case 'quota':
        return this.quota.recall(record)
      case 'token':
        return this.#tokens.recall(record)
    }
  }

  /** Operation → the faults that it plays itself. */
  get ownFaults(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(this.routes.map(({ operation, plays }) => [operation, plays]))
  }

  /** A customer pays a code in a banking app. */
  receive(payment: Arriving): Transfer {
    const { code, verify, waitMs, createdAtMs, sameAs } = payment
    const mode = modeOf(verify)
    if (this.book.modeOf(code.md5) !== mode) this.book.setLook({ md5: code.md5, mode })
    const transfer: Transfer = {
      hash: sameAs?.hash ?? randomBytes(32).toString('hex'),
      md5: code.md5,
      isStatic: code.amount === undefined,
      reference: code.billNumber ?? code.md5,
      fromAccountId: payersAccount,
      toAccountId: verify === 'wrong-account' ? someoneElse : code.account,
      ...moneyOf(payment),
      createdAtMs,
      acknowledgedAtMs: createdAtMs + (verify === 'late' ? waitMs : 0),
      externalRef: sameAs?.externalRef ?? `100FT${String(randomInt(10 ** 11)).padStart(11, '0')}`,
      instructionRef: payment.instructionRef,
      kind: kindOf(payment),
      hidden: verify === 'unpaid',
      listedFromMs: waitMs > 0 ? this.#ports.nowMs() + waitMs : 0,
    }
    this.book.add(transfer)
    return transfer
  }

  /** From now on look-ups say so of all transfers of this code. */
  setVerify(md5: string, { verify, waitMs }: BakongOrder): void {
    const listedFromMs = waitMs > 0 ? this.#ports.nowMs() + waitMs : 0
    this.book.setLook({ md5, mode: modeOf(verify), hidden: verify === 'unpaid', listedFromMs })
  }
}

function modeOf(verify: BakongBehaviour): LookMode {
  return verify === 'silent' || verify === 'garbage' || verify === 'flap' ? verify : 'truth'
}

function kindOf({ verify, sameAs }: Arriving): Transfer['kind'] {
  if (sameAs) return 'lie'
  if (verify === 'failed') return 'failed'
  return verify === 'wrong-account' ? 'elsewhere' : 'paid'
}

function moneyOf({ verify, amount, currency }: Arriving): { amount: string; currency: CurrencyCode } {
  if (verify === 'wrong-amount') return { amount: anotherAmount(amount, currency), currency }
  return verify === 'wrong-currency' ? inOtherCurrency(amount, currency) : { amount, currency }
}
