import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, errorCatalogue, Refusal } from './errors.ts'

/** The table of codes in the contract, written again. */
const contract: Record<ErrorCode, number> = {
  VALIDATION_ERROR: 400,
  BAD_REQUEST: 400,
  MERCHANT_NOT_BIND: 400,
  PAYMENT_VERIFICATION_DATA_MISMATCHED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER: 401,
  OPERATOR_REQUIRED: 403,
  BANK_NOT_FOUND: 404,
  RESOURCE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  RATE_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  PARTNER_RESPONSE_INVALID: 502,
  TRANSACTION_VERIFY_FAILED: 502,
  BANK_UNKNOWN_ERROR: 502,
  SERVER_UNAVAILABLE: 503,
}

test('the catalogue has the codes and statuses of the contract, and no other', () => {
  const catalogue = Object.fromEntries(Object.entries(errorCatalogue).map(([code, { status }]) => [code, status]))
  assert.deepEqual(catalogue, contract)
})

test('every code says in whole sentences what it means and what to do', () => {
  for (const [code, { meaning, remedy }] of Object.entries(errorCatalogue)) {
    assert.match(meaning, /^[A-Z].*\.$/, code)
    assert.match(remedy, /^[A-Z].*\.$/, code)
  }
})

test('a refusal carries the status of its code', () => {
  assert.equal(new Refusal('RESOURCE_NOT_FOUND', 'No such payment').status, 404)
  assert.equal(new Refusal('SERVER_UNAVAILABLE', 'The bank is away', { retryAfterS: 5 }).retryAfterS, 5)
})

test('the details of a refusal are its message unless they say more', () => {
  assert.equal(new Refusal('CONFLICT', 'Still running').details, 'Still running')
  const details = { amount: '"150.001" has more decimals than USD has (2)' }
  assert.deepEqual(new Refusal('BAD_REQUEST', 'Bad fields', { details }).details, details)
})

test("a bank's unknown error is written with the bank's code, and every other code as it stands", () => {
  assert.equal(new Refusal('BANK_UNKNOWN_ERROR', 'Error 77', { bankCode: 'BANK01' }).wireCode, 'BANK01_UNKNOWN_ERROR')
  assert.equal(new Refusal('BANK_UNKNOWN_ERROR', 'Error 77').wireCode, 'BANK_UNKNOWN_ERROR')
  assert.equal(new Refusal('CONFLICT', 'Still running', { bankCode: 'BANK01' }).wireCode, 'CONFLICT')
})

test('a refusal keeps what caused it, and has no cause where nothing did', () => {
  const cause = new Error('connection refused')
  assert.equal(new Refusal('SERVER_UNAVAILABLE', 'The bank is away', { cause }).cause, cause)
  assert.ok(!('cause' in new Refusal('CONFLICT', 'Still running')))
})
