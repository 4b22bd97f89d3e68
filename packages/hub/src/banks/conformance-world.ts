import assert from 'node:assert/strict'
import { md5Hex } from '../kit/crypto.ts'
import { Trouble } from '../kit/trouble.ts'
import type { Exchange, TroubleKind } from '../kit/trouble.ts'
import type { Currency, Money } from '../money/money.ts'
import { parseAmount } from '../money/money.ts'
import type {
  Bank,
  MerchantAccount,
  Movement,
  QrAnswer,
  QrOrder,
  RawMessage,
  Reading,
  Verification,
  VerifyKeys,
} from './bank.ts'
import type { RawCallback } from './callback.ts'
import { compareQr } from './qr-truth.ts'

/** What a bank's simulator can be told, and what it told us. */
export type BankControl = {
  /** A customer pays a code that was made for this reference. Amounts as the movements have them. */
  pay(order: {
    readonly reference: string
    /** Which code: for banks that know codes alone. */
    readonly qr?: string | undefined
    readonly amount?: string
    readonly times?: number
    readonly verify?: 'paid' | 'unpaid' | 'silent' | 'garbage' | 'wrong-account'
    readonly webhook?: 'normal' | 'drop' | 'duplicate'
  }): Promise<readonly { readonly bankTransactionId: string; readonly amount: Money }[]>
  /** A customer pays a bill at the counter; the confirmation is told. */
  payBill(bill: { readonly paymentNumber: number; readonly amount: string; readonly currency: Currency }): Promise<void>
  /** `value`: seconds, for the faults that have some. */
  fault(
    operation: 'login' | 'qr' | 'verify' | 'verify-list' | 'health' | 'refund' | 'refund-totals',
    fault: string,
    value?: number,
  ): Promise<void>
  clearFaults(): Promise<void>
  /** There where calls are counted: how many the bank has counted so far, by its own count. */
  counted?(): Promise<number>
  /** The notices and confirmations about this reference so far, at least `count` of them. */
  told(reference: string, kind: 'webhook' | 'confirmation', count: number): Promise<readonly RawMessage[]>
  /** There where it calls back: the callbacks about this reference so far, at least `count` of them. */
  called?(reference: string, count: number): Promise<readonly RawCallback[]>
}

/** In what banks differ without their connectors saying so. */
export type Ways = {
  /** What it is when the bank says that it was called too often, and when it takes no signature of ours on a read. */
  readonly overLimit: TroubleKind
  readonly wrongSecretOfRead: TroubleKind
  /** HTTP statuses of a call whose credentials had ended early. */
  readonly renewed: readonly number[]
  /** Calls of one look at a payment that was paid. */
  readonly callsOfPaidLook: number
  /** Of a code that was paid three times, how many payments one look lists that does not promise to list all. */
  readonly listedOfThree: number
  /** Whether its list of refunds names them by our ids. */
  readonly namesRefunds: boolean
  /** What a refund of a movement that it never had comes to. */
  readonly strangeRefund: 'unknown' | 'refused'
  /** Whether a refund may take its time. */
  readonly hasPendingRefunds: boolean
}

const usualWays: Ways = {
  overLimit: 'error_answer',
  wrongSecretOfRead: 'error_answer',
  renewed: [401, 200],
  callsOfPaidLook: 1,
  listedOfThree: 1,
  namesRefunds: true,
  strangeRefund: 'unknown',
  hasPendingRefunds: true,
}

export function waysOf({ ways }: BankUnderTest): Ways {
  return { ...usualWays, ...ways }
}

/** One bank as the suite sees it. */
export type BankUnderTest = {
  /** A new connector each time: what one claim does to tokens and breakers is nobody else's. */
  readonly makeBank: () => Bank
  readonly accounts: readonly MerchantAccount[]
  readonly control: BankControl
  /** A reference never used before: a payment number, or with something behind it where each code has its own. */
  readonly newReference: () => string
  /** Texts that must never stand in a kept exchange. */
  readonly secrets: readonly string[]
  /** Only those that are not the usual ones. */
  readonly ways?: Partial<Ways>
}

/** Something that is true of every bank; `holdsFor` says which capabilities it is about. */
export type Claim = {
  readonly says: string
  readonly holdsFor?: (bank: Bank, world: BankUnderTest) => boolean
  readonly check: (bank: Bank, world: BankUnderTest) => Promise<void>
}

export const call = { correlationId: 'conformance' }
/** Long enough for a machine under load, short enough to wait for a bank that never answers. */
export const impatient = { ...call, deadlineMs: 400 }
export const amounts: Record<Currency, string> = { USD: '150.05', KHR: '600000' }

/** What a code is asked for with, and then what the bank is asked about it with. */
export type Asked = QrOrder & VerifyKeys

export function askFor(world: BankUnderTest, currency: Currency = world.accounts[0]?.currency ?? 'USD'): Asked {
  const account = world.accounts.find((one) => one.currency === currency)
  assert.ok(account, `the bank under test has no ${currency} account`)
  return {
    reference: world.newReference(),
    amount: { amountMinor: parseAmount(amounts[currency], currency), currency },
    payer: 'សុខ ដារ៉ា & "Sok Dara"',
    account,
    expiresAt: new Date(Date.now() + 900_000),
    codes: [],
    unshown: [],
  }
}

/** The same with a code that the bank made for it, as it is shown to a payer. */
export async function showCode(bank: Bank, asked: Asked): Promise<Asked> {
  const { qrString } = await bank.createQr(asked, call)
  const { reference, amount, expiresAt } = asked
  const code = { reference, qrString, md5: md5Hex(qrString), amount, createdAt: new Date(), expiresAt }
  return { ...asked, codes: [code, ...asked.codes] }
}

/** A customer pays the newest code. */
export function payCode(
  { control }: BankUnderTest,
  { reference, codes }: Asked,
  how: Omit<Parameters<BankControl['pay']>[0], 'reference' | 'qr'> = {},
): ReturnType<BankControl['pay']> {
  return control.pay({ reference, qr: codes[0]?.qrString, ...how })
}

export function lies(bank: Bank, answer: QrAnswer, asked: Asked): string[] {
  return compareQr(answer.qrString, { ...asked, writesReference: bank.describe().writesReference })
}

/** The listed movements are those that were paid. A bare "paid" is one movement under our reference, amount or none. */
export function fits(
  world: BankUnderTest,
  reference: string,
  found: Verification,
  paid: readonly { readonly bankTransactionId: string; readonly amount: Money }[],
): void {
  assert.equal(found.state, 'paid', found.doubt)
  assert.equal(found.exchanges.length, waysOf(world).callsOfPaidLook)
  const [first] = found.movements
  if (first?.keyedBy === 'reference') {
    assert.deepEqual([found.movements.length, first.bankTransactionId], [1, reference])
    if (first.amount) assert.deepEqual(first.amount, paid[0]?.amount)
    return
  }
  const plain = ({ bankTransactionId, amount }: Pick<Movement, 'bankTransactionId' | 'amount'>) =>
    `${bankTransactionId} ${amount?.currency} ${amount?.amountMinor}`
  assert.deepEqual(found.movements.map(plain).sort(), paid.map(plain).sort())
  for (const { paidAt } of found.movements) {
    assert.ok(paidAt && Math.abs(paidAt.getTime() - Date.now()) < 600_000, `paid at ${paidAt?.toISOString()}`)
  }
}

export function isDoubted(found: Verification): void {
  assert.equal(found.state, 'unknown')
  assert.deepEqual(found.movements, [])
  assert.ok(found.doubt)
}

export async function troubleOf(promise: Promise<unknown>): Promise<Trouble> {
  const [result] = await Promise.allSettled([promise])
  assert.equal(result.status, 'rejected')
  return asTrouble(result.status === 'rejected' ? result.reason : undefined)
}

export function asTrouble(reason: unknown): Trouble {
  assert.ok(reason instanceof Trouble, String(reason))
  return reason
}

export function problemsOf(reading: Reading<unknown>): string {
  return reading.ok ? '' : JSON.stringify(reading.problems)
}

export function keepsNoSecret(exchanges: readonly Exchange[], { secrets }: BankUnderTest): void {
  const kept = JSON.stringify(exchanges)
  for (const secret of secrets) assert.ok(!kept.includes(secret), 'a secret stands in a kept exchange')
  assert.doesNotMatch(kept, /ដារ៉ា|Dara/, "a payer's name stands in a kept exchange")
}
