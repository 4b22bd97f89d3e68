import type { Credit, CreditNote, PolicyBook } from './policy-book.ts'
import { exactAmount, isCurrency, isDay, isText, longestReason, mayEnter, readFields } from './policy-wire.ts'
import { jsonAnswer, type PolicyAnswer, type PolicyRequest, type PolicyRoute } from './ports.ts'

export type IngeniumSettings = { readonly basePath: string; readonly token: string }

/**
 * Ingenium as we imagine it (no contract is public): contracts by query, amounts as JSON numbers, a bearer token, and
 * receipts that are not idempotent: the same reference twice credits twice, so a caller must look first. The same holds
 * for reversals of a receipt, its word for credit notes.
 */
export function playIngenium(settings: IngeniumSettings, book: PolicyBook): PolicyRoute[] {
  const guarded =
    (handle: (request: PolicyRequest) => PolicyAnswer) =>
    (request: PolicyRequest): PolicyAnswer =>
      mayEnter(request.headers['authorization'], `Bearer ${settings.token}`, request)
        ? handle(request)
        : jsonAnswer(401, { message: 'Unauthorized' })
  return [
    {
      operation: 'lookup',
      method: 'GET',
      path: `${settings.basePath}/inquiry`,
      handle: guarded((request) => inquire(book, request.query['contractNo'] ?? '')),
    },
    {
      operation: 'credit',
      method: 'POST',
      path: `${settings.basePath}/premium-receipts`,
      handle: guarded((request) => receive(book, request)),
    },
    {
      operation: 'find-credit',
      method: 'GET',
      path: `${settings.basePath}/premium-receipts`,
      handle: guarded((request) =>
        jsonAnswer(200, { receipts: book.creditsOf(request.query['reference'] ?? '').map(shown) }),
      ),
    },
    {
      operation: 'credit-note',
      method: 'POST',
      path: `${settings.basePath}/receipt-reversals`,
      handle: guarded((request) => reverse(book, request)),
    },
    {
      operation: 'find-credit-note',
      method: 'GET',
      path: `${settings.basePath}/receipt-reversals`,
      handle: guarded((request) =>
        jsonAnswer(200, { reversals: book.creditNotesOf(request.query['reference'] ?? '').map(shownReversal) }),
      ),
    },
  ]
}

function inquire(book: PolicyBook, contractNo: string): PolicyAnswer {
  const policy = book.policy(contractNo)
  if (!policy) return jsonAnswer(404, { message: `Contract ${contractNo} not found` })
  if (policy.isBroken) return jsonAnswer(500, { message: 'Internal error' })
  const due = book.due(policy)
  const answer = {
    contractNo,
    owner: { fullName: policy.payer, email: policy.email, mobile: policy.phone },
    billing: due ? { due: exactNumber(due.amount), ccy: due.currency, dueOn: due.dueDate } : null,
  }
  return jsonAnswer(200, answer, policy.answersAfterMs)
}

function receive(book: PolicyBook, request: PolicyRequest): PolicyAnswer {
  const fields = readFields(request.body)
  const { contractNo, ccy, reference, dueOn, paidOn } = fields
  if (!isText(contractNo, 20)) return invalid('contractNo')
  if (!isCurrency(ccy)) return invalid('ccy')
  const amount = exactAmount(fields['amount'], ccy)
  if (amount === undefined) return invalid('amount')
  if (!isText(reference, 64)) return invalid('reference')
  if (!isDay(dueOn)) return invalid('dueOn')
  if (typeof paidOn !== 'string' || Number.isNaN(Date.parse(paidOn))) return invalid('paidOn')
  if (!book.policy(contractNo)) return jsonAnswer(404, { message: `Contract ${contractNo} not found` })
  const order = { paymentId: reference, policyNumber: contractNo, amount, currency: ccy, dueDate: dueOn }
  const kept = book.addCredit({ ...order, request: '' })
  if (request.fault?.kind === 'credit-then-silent') return 'silence'
  return jsonAnswer(201, { receiptNo: kept.creditId })
}

function shown(credit: Credit): Record<string, unknown> {
  const { creditId, policyNumber, amount, currency, dueDate } = credit
  return { receiptNo: creditId, contractNo: policyNumber, amount: exactNumber(amount), ccy: currency, dueOn: dueDate }
}

function reverse(book: PolicyBook, request: PolicyRequest): PolicyAnswer {
  const fields = readFields(request.body)
  const { contractNo, ccy, reference, receiptReference, reason, reversedOn } = fields
  if (!isText(contractNo, 20)) return invalid('contractNo')
  if (!isCurrency(ccy)) return invalid('ccy')
  const amount = exactAmount(fields['amount'], ccy)
  if (amount === undefined) return invalid('amount')
  if (!isText(reference, 64)) return invalid('reference')
  if (!isText(receiptReference, 64)) return invalid('receiptReference')
  if (!isText(reason, longestReason)) return invalid('reason')
  if (typeof reversedOn !== 'string' || Number.isNaN(Date.parse(reversedOn))) return invalid('reversedOn')
  if (book.creditsOf(receiptReference).length === 0)
    return jsonAnswer(404, { message: `No receipt has the reference ${receiptReference}` })
  const order = { refundId: reference, paymentId: receiptReference, policyNumber: contractNo, amount, currency: ccy }
  const kept = book.addCreditNote({ ...order, request: '' })
  if (request.fault?.kind === 'note-then-silent') return 'silence'
  return jsonAnswer(201, { reversalNo: kept.noteId })
}

function shownReversal({ noteId, policyNumber, amount, currency }: CreditNote): Record<string, unknown> {
  return { reversalNo: noteId, contractNo: policyNumber, amount: exactNumber(amount), ccy: currency }
}

/** Writes the number with its decimals (320.00). TypeScript does not know `JSON.rawJSON` yet. */
function exactNumber(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}

function invalid(field: string): PolicyAnswer {
  return jsonAnswer(400, { message: `${field} is missing or invalid` })
}
