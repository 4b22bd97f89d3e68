import assert from 'node:assert/strict'
import { assertNothingLeaks } from './refused.ts'
import type { Answer } from './running-hub.ts'

/** The answer is a whole RFC 9457 problem with this code, and nothing of our inside shows. The fields it complains about. */
export function assertProblem(answer: Answer, status: number, code: string): string[] {
  assert.deepEqual([answer.status, answer.json['code']], [status, code], answer.text)
  const { errors, ...rest } = answer.json as unknown as Record<string, unknown>
  assert.deepEqual(Object.keys(rest), ['type', 'title', 'status', 'detail', 'code', 'request_id', 'retryable'])
  assert.equal(rest['type'], `urn:khqr-hub:problem:${code}`)
  assert.equal(rest['status'], status)
  assert.match(String(rest['title']), /^[A-Z][a-z ]+$/)
  assert.match(String(rest['detail']), /^[^\s].*[^.]\.$/)
  const isReplay = answer.headers.get('idempotent-replayed') === 'true'
  if (!isReplay) assert.equal(rest['request_id'], answer.headers.get('x-request-id'))
  const mayRetry = status >= 500 || status === 429 || answer.headers.has('retry-after')
  assert.equal(rest['retryable'], mayRetry)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assertNothingLeaks(answer.text)
  return Object.keys((errors ?? {}) as object).sort()
}
