import { anotherAmount, otherCurrency, phpNumber } from './amounts.ts'
import { json, logId, refused, wordsOf } from './answers.ts'
import type { Entry } from './book.ts'
import type { Charge } from './book-records.ts'
import { type Payway, signedRoute } from './gate.ts'
import { bankTime } from './payway-time.ts'
import type { Answer, Fault, Route } from './ports.ts'
import type { Fields } from './request-fields.ts'
import { opposite, payerOf, type Status, statusOf, sumsOf } from './state.ts'

const payments = '/api/payment-gateway/v1/payments'
const detailsPerMinute = 10
const lookBackMs = 7 * 86_400_000
const flatWords: Readonly<Record<string, string>> = { APPROVED: 'approved', PENDING: 'pending' }

/** Check, the older check, and detail: what one `tran_id` has become. */
export function playReads(payway: Payway): Route[] {
  return [
    ...signedRoute(payway, {
      operation: 'check',
      path: `${payments}/check-transaction-2`,
      style: 'number',
      strangerCode: '8',
      required: ['tran_id'],
      plays: ['not-visible', 'check-disagrees'],
      answer: (fields, { fault }) =>
        aboutOne(payway, fields, fault, { from: 'checkFromMs', lookBackMs }, (entry, charges) =>
          checkAnswer(entry, charges, fault),
        ),
    }),
    ...signedRoute(payway, {
      operation: 'check-old',
      path: `${payments}/check-transaction`,
      style: 'flat',
      strangerCode: '8',
      required: ['tran_id'],
      plays: ['not-visible'],
      answer: (fields, { fault }) => oldCheck(payway, fields, fault),
    }),
    ...signedRoute(payway, {
      operation: 'detail',
      path: `${payments}/transaction-detail`,
      style: 'number',
      strangerCode: '8',
      required: ['tran_id'],
      perMinute: detailsPerMinute,
      plays: ['not-visible', 'detail-disagrees'],
      answer: (fields, { fault }) =>
        aboutOne(payway, fields, fault, { from: 'detailFromMs', lookBackMs: Infinity }, (entry, charges) =>
          detailAnswer(payway, entry, charges, fault),
        ),
    }),
  ]
}

type Sight = { readonly from: 'checkFromMs' | 'detailFromMs'; readonly lookBackMs: number }

/** What is not seen (yet, or any more) is unknown, which HTTP calls a success. */
function aboutOne(
  payway: Payway,
  fields: Fields,
  fault: Fault | undefined,
  sight: Sight,
  answer: (entry: Entry, charges: readonly Charge[]) => Answer,
): Answer {
  const entry = seen(payway, fields, fault, sight)
  if (!entry) return json(200, { status: { code: 6, message: wordsOf('6'), tran_id: logId() } })
  if (entry.mode === 'silent') return 'silence'
  if (entry.mode === 'garbage') return json(200, { data: { payment_status_code: 'x', original_amount: null } })
  return answer(entry, payway.book.listed(entry))
}

function seen({ book, ports }: Payway, fields: Fields, fault: Fault | undefined, sight: Sight): Entry | undefined {
  const entry = book.entry(fields['tran_id'] ?? '')
  if (!entry || fault?.kind === 'not-visible') return undefined
  const now = ports.nowMs()
  const isRecent = entry.tran.createdAtMs > now - sight.lookBackMs
  return isRecent && entry.tran[sight.from] <= now ? entry : undefined
}

function success(tranId: string) {
  return { code: '00', message: 'Success!', tran_id: tranId }
}

function checkAnswer(entry: Entry, charges: readonly Charge[], fault: Fault | undefined): Answer {
  const status = disagreeing(statusOf(entry, charges), fault, 'check-disagrees')
  const [charge] = charges
  const wrong = isWrong(fault, 'check-disagrees', 'amount')
  return json(200, {
    data: {
      payment_status_code: status.code,
      ...sumsOf(entry, charge),
      ...(wrong ? { original_amount: otherSum(entry, charge) } : {}),
      apv: charge?.apv ?? '',
      payment_status: status.word,
      transaction_date: bankTime(entry.tran.createdAtMs),
    },
    status: success(entry.tran.tranId),
  })
}

function oldCheck(payway: Payway, fields: Fields, fault: Fault | undefined): Answer {
  const entry = seen(payway, fields, fault, { from: 'checkFromMs', lookBackMs })
  if (!entry) return refused('flat', '6', { status: 200 })
  if (entry.mode === 'silent') return 'silence'
  const charges = payway.book.listed(entry)
  const { code, word } = statusOf(entry, charges)
  const { total_amount } = sumsOf(entry, charges[0])
  return json(200, { status: code, description: flatWords[word] ?? word, amount: total_amount, apv: charges[0]?.apv })
}

/** Until it is paid, its currency is the profile's own, whatever was asked for. */
function detailAnswer(
  { settings }: Payway,
  entry: Entry,
  charges: readonly Charge[],
  fault: Fault | undefined,
): Answer {
  const { tran } = entry
  const [charge] = charges
  const status = disagreeing(statusOf(entry, charges), fault, 'detail-disagrees')
  const currency = charge?.currency ?? settings.currencies[0] ?? tran.currency
  const isOther = isWrong(fault, 'detail-disagrees', 'currency')
  return json(200, {
    data: {
      transaction_id: tran.tranId,
      payment_status_code: status.code,
      payment_status: status.word,
      ...sumsOf(entry, charge),
      ...(isWrong(fault, 'detail-disagrees', 'amount') ? { original_amount: otherSum(entry, charge) } : {}),
      original_currency: isOther ? otherCurrency(currency) : currency,
      apv: charge?.apv ?? '',
      transaction_date: bankTime(tran.createdAtMs),
      first_name: tran.firstName,
      last_name: tran.lastName,
      email: tran.email,
      phone: tran.phone,
      ...payerOf(charge),
      transaction_operations: operationsOf(entry, charges),
    },
    status: success(tran.tranId),
  })
}

/** Every step of the money, oldest first; of cards, also that the order was made. */
function operationsOf({ tran, refunds, capture }: Entry, charges: readonly Charge[]) {
  if (charges.length === 0) return []
  const step = (status: string, amount: string, atMs: number, bankRef = '') => ({
    status,
    amount: phpNumber(amount),
    transaction_date: bankTime(atMs),
    bank_ref: bankRef,
  })
  const held = tran.type === 'pre-auth'
  const captured = capture?.act === 'complete' ? 'Completed Pre-Auth' : 'Cancelled Pre-Auth'
  return [
    ...(charges[0]?.method === 'cards' ? [step('Create Order', tran.amount, tran.createdAtMs)] : []),
    ...charges.map((one) => step(held ? 'Pre-Auth' : 'Completed', one.amount, one.atMs, one.bankRef)),
    ...(capture ? [step(captured, capture.amount, capture.atMs)] : []),
    ...refunds.map((one) => step('Refunded', one.amount, one.atMs)),
  ]
}

/** `value` of a fault that disagrees: `amount` (if not said), `currency` or `status`. */
export function isWrong(fault: Fault | undefined, kind: string, what: string): boolean {
  return fault?.kind === kind && (fault.value ?? 'amount') === what
}

export function disagreeing(status: Status, fault: Fault | undefined, kind: string): Status {
  return isWrong(fault, kind, 'status') ? opposite(status) : status
}

export function otherSum({ tran }: Entry, charge: Charge | undefined): unknown {
  const { amount, currency } = charge ?? tran
  return phpNumber(anotherAmount(amount, currency))
}
