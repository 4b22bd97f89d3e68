import type { Credit, CreditNote, Policy, PolicyBook } from './policy-book.ts'
import { isCurrency, isDay, isExactAmount, isText, longestReason, mayEnter, readFields } from './policy-wire.ts'
import { jsonAnswer, type PolicyAnswer, type PolicyRequest, type PolicyRoute } from './ports.ts'

export type DlisSettings = { readonly basePath: string; readonly apiKey: string }

/**
 * DLIS as we imagine it (no contract is public): policies by path, amounts as text, an API key in a header, and a
 * credit call that is idempotent by `externalId`; so are credit notes.
 */
export function playDlis(settings: DlisSettings, book: PolicyBook): PolicyRoute[] {
  const guarded =
    (handle: (request: PolicyRequest) => PolicyAnswer) =>
    (request: PolicyRequest): PolicyAnswer =>
      mayEnter(request.headers['x-api-key'], settings.apiKey, request)
        ? handle(request)
        : jsonAnswer(401, { error: 'INVALID_API_KEY' })
  const base = `${settings.basePath}/api/v1`
  return [
    {
      operation: 'lookup',
      method: 'GET',
      path: `${base}/policies/:number`,
      handle: guarded((request) => lookUp(book, request.params['number'] ?? '')),
    },
    {
      operation: 'credit',
      method: 'POST',
      path: `${base}/credits`,
      handle: guarded((request) => credit(book, request)),
    },
    {
      operation: 'find-credit',
      method: 'GET',
      path: `${base}/credits/:externalId`,
      handle: guarded((request) => findCredit(book, request.params['externalId'] ?? '')),
    },
    {
      operation: 'credit-note',
      method: 'POST',
      path: `${base}/credit-notes`,
      handle: guarded((request) => note(book, request)),
    },
    {
      operation: 'find-credit-note',
      method: 'GET',
      path: `${base}/credit-notes/:externalId`,
      handle: guarded((request) => findNote(book, request.params['externalId'] ?? '')),
    },
  ]
}

function lookUp(book: PolicyBook, number: string): PolicyAnswer {
  const policy = book.policy(number)
  if (!policy) return jsonAnswer(404, { error: 'POLICY_NOT_FOUND', number })
  if (policy.isBroken) return jsonAnswer(500, { error: 'INTERNAL' })
  return jsonAnswer(200, { policy: { ...described(policy), premium: book.due(policy) ?? null } }, policy.answersAfterMs)
}

function described(policy: Policy): Record<string, unknown> {
  return { number: policy.number, payerName: policy.payer, contact: { email: policy.email, phone: policy.phone } }
}

function credit(book: PolicyBook, request: PolicyRequest): PolicyAnswer {
  const fields = readFields(request.body)
  const { externalId, policyNumber, amount, currency, dueDate } = fields
  if (!isText(externalId, 64)) return invalid('externalId')
  if (!isText(policyNumber, 20)) return invalid('policyNumber')
  if (!isCurrency(currency)) return invalid('currency')
  if (!isExactAmount(amount, currency)) return invalid('amount')
  if (!isDay(dueDate)) return invalid('dueDate')
  if (typeof fields['paidAt'] !== 'string' || Number.isNaN(Date.parse(fields['paidAt']))) return invalid('paidAt')
  if (!isText(fields['channel'], 40)) return invalid('channel')
  if (!isText(fields['transactionId'], 64)) return invalid('transactionId')
  if (!book.policy(policyNumber)) return jsonAnswer(404, { error: 'POLICY_NOT_FOUND', number: policyNumber })
  const content = JSON.stringify([policyNumber, amount, currency, dueDate, fields['transactionId']])
  const [earlier] = book.creditsOf(externalId)
  if (earlier && earlier.request !== content) return jsonAnswer(409, { error: 'EXTERNAL_ID_USED', externalId })
  const kept =
    earlier ?? book.addCredit({ paymentId: externalId, policyNumber, amount, currency, dueDate, request: content })
  if (request.fault?.kind === 'credit-then-silent') return 'silence'
  return jsonAnswer(earlier ? 200 : 201, shown(kept))
}

function findCredit(book: PolicyBook, externalId: string): PolicyAnswer {
  const [found] = book.creditsOf(externalId)
  return found ? jsonAnswer(200, shown(found)) : jsonAnswer(404, { error: 'CREDIT_NOT_FOUND', externalId })
}

function shown(credit: Credit): Record<string, unknown> {
  const { creditId, paymentId, policyNumber, amount, currency, dueDate } = credit
  return { creditId, externalId: paymentId, policyNumber, amount, currency, dueDate }
}

function note(book: PolicyBook, request: PolicyRequest): PolicyAnswer {
  const fields = readFields(request.body)
  const { externalId, creditExternalId, policyNumber, amount, currency, reason, refundedAt } = fields
  if (!isText(externalId, 64)) return invalid('externalId')
  if (!isText(creditExternalId, 64)) return invalid('creditExternalId')
  if (!isText(policyNumber, 20)) return invalid('policyNumber')
  if (!isCurrency(currency)) return invalid('currency')
  if (!isExactAmount(amount, currency)) return invalid('amount')
  if (!isText(reason, longestReason)) return invalid('reason')
  if (typeof refundedAt !== 'string' || Number.isNaN(Date.parse(refundedAt))) return invalid('refundedAt')
  if (book.creditsOf(creditExternalId).length === 0)
    return jsonAnswer(404, { error: 'CREDIT_NOT_FOUND', externalId: creditExternalId })
  const content = JSON.stringify([creditExternalId, policyNumber, amount, currency])
  const [earlier] = book.creditNotesOf(externalId)
  if (earlier && earlier.request !== content) return jsonAnswer(409, { error: 'EXTERNAL_ID_USED', externalId })
  const order = { refundId: externalId, paymentId: creditExternalId, policyNumber, amount, currency }
  const kept = earlier ?? book.addCreditNote({ ...order, request: content })
  if (request.fault?.kind === 'note-then-silent') return 'silence'
  return jsonAnswer(earlier ? 200 : 201, shownNote(kept))
}

function findNote(book: PolicyBook, externalId: string): PolicyAnswer {
  const [found] = book.creditNotesOf(externalId)
  return found ? jsonAnswer(200, shownNote(found)) : jsonAnswer(404, { error: 'CREDIT_NOTE_NOT_FOUND', externalId })
}

function shownNote({ noteId, refundId, paymentId, policyNumber, amount, currency }: CreditNote) {
  return { creditNoteId: noteId, externalId: refundId, creditExternalId: paymentId, policyNumber, amount, currency }
}

function invalid(field: string): PolicyAnswer {
  return jsonAnswer(400, { error: 'INVALID_FIELD', field })
}
