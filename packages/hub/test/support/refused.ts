import assert from 'node:assert/strict'
import type { Answer } from './running-hub.ts'

/** The code is in the error envelope, the envelope is whole, and nothing of our inside shows. */
export function assertRefused(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.json['error']?.['code']], [status, code], answer.text)
  assert.deepEqual(Object.keys(answer.json).sort(), ['correlationId', 'error', 'success', 'timestamp'])
  assert.equal(answer.json['success'], false)
  const error = answer.json['error'] as unknown as Record<string, unknown>
  const { retryAfter, ...rest } = error
  assert.deepEqual(Object.keys(rest), ['code', 'message', 'details', 'correlationId', 'timestamp'])
  assert.equal(typeof rest['message'], 'string')
  const requestId = answer.headers.get('x-request-id')
  assert.equal(answer.json['correlationId'], requestId)
  assert.equal(rest['correlationId'], requestId)
  assert.match(String(answer.json['timestamp']), rfc3339Utc)
  assert.equal(rest['timestamp'], answer.json['timestamp'])
  assert.equal(answer.headers.get('retry-after'), retryAfter === undefined ? null : String(retryAfter))
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assertNothingLeaks(answer.text)
}

export const rfc3339Utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** No stack trace, no file, no SQL, no address of ours. */
export function assertNothingLeaks(text: string): void {
  assert.doesNotMatch(text, /\n\s+at |node_modules|\.ts:\d|\.js:\d|FST_ERR|FAST_JWT|SyntaxError|127\.0\.0\.1|localhost/)
}

/** The fields that an answer complains about. */
export function fieldsOf(answer: Answer): string[] {
  const details = answer.json['error']?.['details'] as unknown
  assert.equal(typeof details, 'object', `details must be an object keyed by field: ${answer.text}`)
  return Object.keys(details as object).sort()
}
