import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { patiently } from './bad-day.ts'
import { type Answer, type Json, startTestHub, type TestHub } from './running-hub.ts'

/** The bank through which top-ups are paid in the sandbox. */
export const topupBank = 'BAKONG'

/**
 * A hub whose counted bank answers so many calls a day that none is waited for: what a test sees then hangs neither on the
 * hour nor on what other tests have asked.
 */
export async function startWithCallsToSpare(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestHub> {
  const banks = { [topupBank]: { 'status-calls-per-day': 100_000 } }
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000', ...settings }, (config) => ({
    ...config,
    banks: { ...config.banks, ...banks },
  }))
  const set = await hub.simulator('POST', '/_simulator/bakong/quota', { perDay: 100_000 })
  assert.equal(set.status, 200, set.text)
  return hub
}

let users = 0

/** A user that no test had before. */
export function newUser(): string {
  return `user-${process.pid}-${(users += 1)}`
}

export function topupToken(hub: TestHub): string {
  return hub.token('topups:write')
}

/** Asks for a top-up: USD 10.50 of a new user unless told; what is `undefined` is left out. */
export function askTopup(
  hub: TestHub,
  more: Readonly<Record<string, unknown>> = {},
  how: { readonly token?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const json = { userId: newUser(), amount: '10.50', currency: 'USD', ...more }
  return hub.gateway('POST', '/api/topups/v1', { token: topupToken(hub), json, ...how })
}

export type Topup = {
  readonly id: string
  readonly status: string
  readonly amount: string
  readonly currency: string
  readonly hash: string
  readonly md5: string
  readonly qr_string: string
  readonly deeplink: string | null
  readonly checkout_url: string
  readonly bill_number: string
  readonly expires_at: string
  readonly confirmation: string
  readonly next_check_at: string | null
}

/** A top-up that was opened. */
export async function openTopup(hub: TestHub, more: Readonly<Record<string, unknown>> = {}): Promise<Topup> {
  const answer = await askTopup(hub, more)
  assert.equal(answer.status, 201, answer.text)
  return answer.json as unknown as Topup
}

/** A customer pays a code with a banking app; the transaction's hash. Nobody tells the hub. */
export async function payCode(hub: TestHub, qr: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: topupBank, qr, ...more })
  assert.equal(paid.status, 200, paid.text)
  return String(paid.json['transactions']?.[0]?.['transactionId'])
}

export async function readTopup(hub: TestHub, id: string, token = topupToken(hub)): Promise<Json> {
  const answer = await hub.gateway('GET', `/api/topups/v1/${id}`, { token })
  assert.equal(answer.status, 200, answer.text)
  return answer.json
}

/** Pays a top-up and says so on its page, which has the bank asked at once. */
export async function payAndSaySo(
  hub: TestHub,
  topup: Pick<Topup, 'checkout_url' | 'qr_string' | 'id'>,
): Promise<string> {
  const transaction = await payCode(hub, topup.qr_string)
  await hub.gateway('POST', new URL(topup.checkout_url).pathname)
  await topupBecomes(hub, topup.id, 'completed')
  return transaction
}

/** Watches a top-up until its status is this. */
export function topupBecomes(hub: TestHub, id: string, status: string): Promise<Json> {
  const token = topupToken(hub)
  return patiently(`${id} to be ${status}`, async () => {
    const topup = await readTopup(hub, id, token)
    return String(topup['status']) === status && topup
  })
}

export async function wallet(hub: TestHub, userId: string, query = ''): Promise<Json> {
  const answer = await hub.gateway('GET', `/api/wallets/v1/${userId}${query}`, { token: topupToken(hub) })
  assert.equal(answer.status, 200, answer.text)
  return answer.json
}

/** `{success: false, message, errors?}` and nothing else; the fields it complains about. */
export function assertTopupRefused(answer: Answer, status: number): string[] {
  assert.equal(answer.status, status, answer.text)
  const { errors, ...rest } = answer.json as unknown as Record<string, unknown>
  assert.deepEqual(Object.keys(rest), ['success', 'message'], answer.text)
  assert.equal(rest['success'], false)
  assert.match(String(rest['message']), /\S/)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  for (const sentences of Object.values((errors ?? {}) as Record<string, unknown>))
    assert.ok(Array.isArray(sentences) && sentences.every((one) => typeof one === 'string'), answer.text)
  return Object.keys((errors ?? {}) as object).sort()
}
