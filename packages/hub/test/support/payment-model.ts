import type { MerchantAccount, Movement } from '../../src/banks/bank.ts'
import { type Entry, postReceipt } from '../../src/domain/ledger.ts'
import { type Circumstances, type Notice, sameMoney } from '../../src/domain/match.ts'
import { type Payment, type Receipt, settledMinor, type SuspenseReason } from '../../src/domain/payment.ts'
import { type Evidence, isOpen, next, type Status } from '../../src/domain/transitions.ts'
import { settleMovements } from '../../src/flows/settle-movements.ts'
import type { Money } from '../../src/money/money.ts'
import type { NewReceipt } from '../../src/store/writes.ts'
import { minutesLater, sampleAttempt, samplePayment, sampleReceipt } from './sample-payment.ts'

// One payment without a database or a network: what happens to it goes in, what the books say comes out. It decides with
// the hub's own pure functions, and refuses what the database would refuse. Random histories are played on it.

export type Model = {
  readonly payment: Payment
  readonly books: readonly Booked[]
  /** Every status the payment had, the first one included. */
  readonly walked: readonly Status[]
  /** Keys of the doubts that a person must decide. */
  readonly cases: ReadonlySet<string>
}

/** A receipt and its journal. */
export type Booked = {
  readonly key: string
  readonly bankCode: string
  readonly channel: Receipt['channel']
  readonly amount: Money
  readonly appliedMinor: bigint
  readonly suspendedMinor: bigint
  readonly reason: SuspenseReason | undefined
  readonly entries: readonly Entry[]
}

export type Happening =
  /** The bank is asked: because it told us (`notice`), or on the schedule. Movements without amount are bare answers. */
  | {
      readonly kind: 'list'
      readonly bankCode: string
      readonly movements: readonly Movement[]
      readonly notice?: Notice
    }
  /** Counter staff took the money; the bank's word is all there is. */
  | { readonly kind: 'confirmation'; readonly bankTransactionId: string; readonly amount: Money; readonly paidAt: Date }
  /** Anything but money. */
  | { readonly kind: 'evidence'; readonly evidence: Exclude<Evidence, 'receipt_applied'> }

/** What does not change while a history is played. */
export type Rules = Omit<Circumstances, 'bankCode'> & { readonly elsewhere?: ReadonlySet<string> }

export const bankCodes = ['AMK', 'BANK01'] as const
export type BankCode = (typeof bankCodes)[number]

const accountIds: Readonly<Record<string, number>> = { AMK: 1, BANK01: 2 }

/** A payment of USD 150.00 with a code shown at both banks. */
export function openedModel(status: 'pending' | 'processing' = 'processing'): Model {
  const attempts = bankCodes.map((bankCode, index) =>
    sampleAttempt({ id: index + 1, bankCode, merchantAccountId: accountIds[bankCode] ?? 0 }),
  )
  return { payment: samplePayment({ status, attempts }), books: [], walked: [status], cases: new Set() }
}

/** State + what happens → state. Throws where the hub would have to write what its database refuses. */
export function settle(model: Model, happening: Happening, rules: Rules): Model {
  if (happening.kind === 'list') return settleList(model, happening, rules)
  if (happening.kind === 'confirmation') return settleConfirmation(model, happening, rules)
  // A flow that finds no such move leaves the payment as it is.
  return next(model.payment.status, happening.evidence) ? move(model, happening.evidence) : model
}

export function play(history: readonly Happening[], rules: Rules, from: Model = openedModel()): Model {
  return history.reduce((model, happening) => settle(model, happening, rules), from)
}

function settleList(model: Model, list: Extract<Happening, { kind: 'list' }>, rules: Rules): Model {
  const { change, cases, pairing } = settleMovements({
    network: undefined,
    payment: model.payment,
    verification: { state: 'paid', movements: list.movements, exchanges: [] },
    account: accountAt(list.bankCode),
    notice: list.notice,
    inboxId: undefined,
    now: { ...rules, bankCode: list.bankCode },
    ...(rules.elsewhere ? { elsewhere: rules.elsewhere } : {}),
    at: minutesLater(30),
  })
  const booked = (change.receipts ?? []).reduce(book, model)
  const moved = change.evidence ? move(booked, change.evidence) : booked
  const told = pairing && 'movement' in pairing ? pairing.movement.bankTransactionId : undefined
  const receipts = moved.payment.receipts.map((receipt) =>
    receipt.bankCode === list.bankCode && receipt.channel === 'khqr' && receipt.bankTransactionId === told
      ? { ...receipt, noticeFingerprint: receipt.noticeFingerprint ?? list.notice?.fingerprint }
      : receipt,
  )
  return {
    ...moved,
    payment: { ...moved.payment, receipts },
    cases: new Set([...moved.cases, ...cases.map((one) => one.dedupeKey)]),
  }
}

/** What `confirm-bill.ts` decides: exactly the quote, for a payment of which nothing is settled yet; else a case. */
function settleConfirmation(model: Model, told: Extract<Happening, { kind: 'confirmation' }>, rules: Rules): Model {
  const { payment } = model
  const raise = (kind: string) => ({ ...model, cases: new Set([...model.cases, `${kind}:${told.bankTransactionId}`]) })
  const booked = payment.receipts.find(
    (receipt) => receipt.channel === 'bill' && receipt.bankTransactionId === told.bankTransactionId,
  )
  if (!sameMoney(told.amount, payment.amount)) return raise('confirmation_differs')
  if (booked) return sameMoney(booked.amount, told.amount) ? model : raise('confirmation_differs')
  const late = !isOpen(payment.status) && rules.latePolicy === 'suspense'
  const mayComplete = next(payment.status, 'receipt_applied') && settledMinor(payment) === 0n
  if (rules.stillOwed === 'settled' || late || !mayComplete) {
    return raise('confirmation_not_allowed')
  }
  const receipt: NewReceipt = {
    ...told,
    bankCode: 'AMK',
    merchantAccountId: accountAt('AMK').id,
    channel: 'bill',
    proof: 'notice',
    inboxId: undefined,
    payerDigest: undefined,
    memo: '',
    entries: postReceipt('AMK', told.amount, { kind: 'applied', creditAccount: payment.creditAccount }),
    applied: told.amount.amountMinor,
    suspended: undefined,
  }
  return move(book(model, receipt), 'receipt_applied')
}

/** A receipt's key is unique for ever, as in the database. */
function book(model: Model, receipt: NewReceipt): Model {
  const key = [receipt.bankCode, receipt.merchantAccountId, receipt.channel, receipt.bankTransactionId].join(' ')
  if (model.books.some((one) => one.key === key)) throw new Error(`The key ${key} is in the books already`)
  const { bankCode, channel, amount, entries, applied, suspended } = receipt
  const { merchantAccountId, bankTransactionId, paidAt, proof } = receipt
  const kept = sampleReceipt({
    id: model.books.length + 1,
    bankCode,
    merchantAccountId,
    channel,
    bankTransactionId,
    amount,
    paidAt,
    proof,
    appliedMinor: applied ?? 0n,
    suspended: suspended?.reason,
    heldMinor: suspended?.amountMinor ?? 0n,
  })
  const booked: Booked = {
    key,
    bankCode,
    channel,
    amount,
    entries,
    appliedMinor: applied ?? 0n,
    suspendedMinor: suspended?.amountMinor ?? 0n,
    reason: suspended?.reason,
  }
  return {
    ...model,
    books: [...model.books, booked],
    payment: { ...model.payment, receipts: [...model.payment.receipts, kept] },
  }
}

/** A move that the status table lacks is refused, as in the database. */
function move(model: Model, evidence: Evidence): Model {
  const status = next(model.payment.status, evidence)
  if (!status) throw new Error(`${evidence} cannot move a payment that is ${model.payment.status}`)
  const payment = { ...model.payment, status, ...(status === 'completed' ? { completedAt: minutesLater(30) } : {}) }
  return { ...model, payment, walked: [...model.walked, status] }
}

function accountAt(bankCode: string): MerchantAccount {
  return {
    id: accountIds[bankCode] ?? 0,
    bankCode,
    accountNumber: '0000000001',
    currency: 'USD',
    storeId: 'STORE-1',
    terminalId: 'TERMINAL-1',
    payeeAccount: 'sample@bank',
    payeeMerchantId: undefined,
    active: true,
  }
}
