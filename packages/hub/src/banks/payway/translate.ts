import { decimalText, isJsonObject, valueAt } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import { isCurrency, showMoney } from '../../money/money.ts'
import type { Currency, Money } from '../../money/money.ts'
import { Doubt, readId, readMoney, shown } from '../answer.ts'
import type { Movement } from '../bank.ts'
import { readBankTime } from './bank-time.ts'
import { secondMovementId } from './tran-id.ts'

/**
 * What PayWay says of the money of one transaction. `held`: authorised, and neither charged nor let go. `undone`: it was
 * paid or authorised, and is so no more.
 */
export type TranState = 'paid' | 'held' | 'unpaid' | 'undone'

/** One transaction as check or detail has it. */
export type Tran = {
  readonly state: TranState
  /** As it is written: in the currency of the order, which only detail names. */
  readonly originalAmount: unknown
  /** Detail's; undefined where it is not said. Of an unpaid transaction it means nothing. */
  readonly currency: Currency | undefined
  readonly madeAt: Date | undefined
  readonly payer: string | undefined
  readonly bankRef: string | undefined
  /** What the payer's account was debited, as it is written; nothing while it is unpaid. */
  readonly paid: { readonly amount: unknown; readonly currency: unknown }
  /** What was sent back of it in all, as it is written. */
  readonly refundAmount: unknown
  /** What was charged, oldest first; of detail only. */
  readonly charges: readonly Charge[]
}

type Charge = { readonly amount: unknown; readonly at: Date | undefined; readonly bankRef: string | undefined }

/** More than this of one transaction is not an answer to act on. */
const mostOperations = 1_000

/**
 * Number and word must say the same: 0 is also PRE-AUTH, which is no payment. DECLINED is not final, as its payer may try
 * again; it is misspelt in places. A part that was refunded makes all of it REFUNDED: it was paid all the same.
 */
const states: Readonly<Record<string, TranState>> = {
  '0 APPROVED': 'paid',
  '0 PRE-AUTH': 'held',
  '2 PENDING': 'unpaid',
  '3 DECLINED': 'unpaid',
  '3 DECLINDED': 'unpaid',
  '4 REFUNDED': 'paid',
  '7 CANCELLED': 'undone',
  '7 CANCELED': 'undone',
}

/** Reads `data` of check-transaction and transaction-detail about `reference`. Throws `Doubt` for what is not understood. */
export function readTran(body: JsonObject, reference: string): Tran {
  const data = valueAt(body, 'data')
  if (!isJsonObject(data)) throw new Doubt('the answer has no data')
  // Only detail names it; the envelope's tran_id may be PayWay's own number of the request.
  const about = decimalText(data['transaction_id'] ?? data['tran_id']) ?? ''
  if (about !== '' && about !== reference) throw new Doubt(`the answer is about ${shown(about)}`)
  const code = decimalText(data['payment_status_code']) ?? shown(data['payment_status_code'])
  const word = typeof data['payment_status'] === 'string' ? data['payment_status'].trim().toUpperCase() : 'nothing'
  const state = states[`${code} ${word.replace(/[\s_]/g, '-')}`]
  if (state === undefined) throw new Doubt(`the payment's status is ${code} with the word ${shown(word)}`)
  const currency = data['original_currency']
  return {
    state,
    originalAmount: data['original_amount'],
    currency: isCurrency(currency) ? currency : undefined,
    madeAt: readBankTime(data['transaction_date']),
    payer: readId(data['payer_account']),
    bankRef: readId(data['bank_ref']),
    paid: { amount: data['payment_amount'], currency: data['payment_currency'] },
    refundAmount: data['refund_amount'],
    charges: readCharges(data['transaction_operations']),
  }
}

/** What is asked about, as far as we know it. `amount`: what our own signed request said; undefined: it was not ours. */
export type Wanted = { readonly reference: string; readonly amount: Money | undefined }

/** What confirms the answer of check. `listed`: the rows of PayWay's list, one for each charge. */
export type Confirmed = { readonly detail?: Tran | undefined; readonly listed?: readonly Tran[] | undefined }

/**
 * The movements of a transaction that was paid, or was and is no more. Where neither detail nor the list could be had, the
 * currency is that of our own request, if the amount is exactly what we asked for and the payer was debited in it. Throws
 * `Doubt` where two answers contradict each other, a list that does not show the transaction as paid being one, and where
 * the currency is not known.
 */
export function movementsOf(wanted: Wanted, check: Tran | undefined, { detail, listed }: Confirmed): Movement[] {
  const tran = detail ?? check
  if (!tran) throw new Error('neither check nor detail was asked')
  const amount = detail
    ? amountOfBoth(check, detail)
    : listed
      ? amountAsListed(wanted, tran, listed)
      : amountAsAsked(wanted, tran)
  const main = mainCharge(tran)
  const first: Movement = {
    bankTransactionId: wanted.reference,
    keyedBy: 'bank',
    amount,
    payeeAccount: undefined,
    payer: tran.payer,
    paidAt: main?.at ?? tran.madeAt,
    reversed: tran.state === 'undone',
    isReturned: isReturned(tran, amount),
  }
  const others = tran.charges.filter((one) => one !== main)
  return [first, ...others.map((charge) => furtherMovement(first, charge, amount.currency))]
}

/** A second charge of one transaction is money of its own: two customers may pay one code. */
function furtherMovement(first: Movement, { amount, at, bankRef }: Charge, currency: Currency): Movement {
  if (bankRef === undefined) throw new Doubt(`a second charge of ${first.bankTransactionId} has no bank_ref`)
  const bankTransactionId = secondMovementId(first.bankTransactionId, bankRef)
  return {
    ...first,
    bankTransactionId,
    amount: readMoney(amount, currency),
    paidAt: at ?? first.paidAt,
    isReturned: false,
  }
}

function amountOfBoth(check: Tran | undefined, detail: Tran): Money {
  if (check && check.state !== detail.state) {
    throw new Doubt(`check says ${check.state} and detail says ${detail.state}`)
  }
  if (detail.currency === undefined) throw new Doubt('detail names no currency that we know')
  const amount = readMoney(detail.originalAmount, detail.currency)
  if (!check) return amount
  const checked = readMoney(check.originalAmount, detail.currency)
  if (checked.amountMinor === amount.amountMinor) return amount
  throw new Doubt(`check says ${showMoney(checked)} and detail says ${showMoney(amount)}`)
}

/** Nothing confirms what check says but our own request: then check must say all that it can. */
function amountAsAsked({ amount: asked }: Wanted, { originalAmount, paid }: Tran): Money {
  if (!asked) throw new Doubt('the currency is not said, and the transaction was not asked for by us')
  const said = readMoney(originalAmount, asked.currency)
  if (said.amountMinor !== asked.amountMinor) {
    throw new Doubt(
      `the amount is ${shown(originalAmount)}, and ${showMoney(asked)} was asked for: its currency is not said`,
    )
  }
  if (paid.currency === asked.currency && readMoney(paid.amount, asked.currency).amountMinor > 0n) return asked
  throw new Doubt(
    `the payer was debited ${shown(paid.amount)} ${shown(paid.currency)}: that this was for ${showMoney(asked)} is not confirmed`,
  )
}

/**
 * The list shows what is paid: where it does not show a transaction so, or shows it otherwise, one of the two is wrong. Its
 * further rows are further charges; which of them is the transaction itself it does not say, so that detail must name them.
 */
function amountAsListed({ amount: asked }: Wanted, check: Tran, listed: readonly Tran[]): Money {
  const rows = listed.filter((one) => one.state === check.state)
  const [row] = rows
  if (!row) throw new Doubt(`check says ${check.state}, and the list does not`)
  const { currency } = row
  if (currency === undefined) throw new Doubt('the list names no currency that we know')
  if (asked && asked.currency !== currency)
    throw new Doubt(`the list says ${currency}, and ${showMoney(asked)} was asked for`)
  const checked = readMoney(check.originalAmount, currency)
  const amounts = rows.map((one) => readMoney(one.originalAmount, currency))
  const isSaid = amounts.some((one) => one.amountMinor === checked.amountMinor)
  if (isSaid && rows.every((one) => one.currency === currency)) return checked
  throw new Doubt(`check says ${showMoney(checked)} and the list says ${amounts.map(showMoney).join(', ')}`)
}

/** Whether all of it was sent back already, by whoever's order. */
function isReturned({ refundAmount }: Tran, amount: Money): boolean {
  const text = decimalText(refundAmount)
  return text !== undefined && /[1-9]/.test(text) && readMoney(text, amount.currency).amountMinor >= amount.amountMinor
}

/** The charge that the transaction itself stands for: detail names its `bank_ref`, else it is the oldest. */
function mainCharge({ charges, bankRef }: Tran): Charge | undefined {
  return charges.find((one) => bankRef !== undefined && one.bankRef === bankRef) ?? charges[0]
}

function readCharges(list: unknown): Charge[] {
  if (list === undefined || list === null || list === '') return []
  if (!Array.isArray(list)) throw new Doubt('transaction_operations is no list')
  if (list.length > mostOperations) throw new Doubt(`transaction_operations has more than ${mostOperations} rows`)
  const charges = list.flatMap((row): Charge[] => {
    if (!isJsonObject(row)) throw new Doubt('an operation is no object')
    const word = typeof row['status'] === 'string' ? row['status'].trim().toUpperCase() : ''
    if (!chargeWords.has(word)) return []
    return [{ amount: row['amount'], at: readBankTime(row['transaction_date']), bankRef: readId(row['bank_ref']) }]
  })
  return charges.toSorted((a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0))
}

/** Operations that are charges; the others are orders, authorisations, completions of those, and refunds. */
const chargeWords: ReadonlySet<string> = new Set(['COMPLETED', 'APPROVED', 'PURCHASE', 'PURCHASED', 'PAID'])
