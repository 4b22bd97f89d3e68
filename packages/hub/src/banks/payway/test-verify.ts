import assert from 'node:assert/strict'
import { md5Hex } from '../../kit/crypto.ts'
import type { Money } from '../../money/money.ts'
import type { ShownCode, Verification, VerifyKeys } from '../bank.ts'
import { writeBankTime } from './bank-time.ts'
import { account, call, paywayAnswering, says } from './test-parts.ts'
import type { Route } from './test-parts.ts'
import { verify } from './verify.ts'

export const reference = '150001-k3f9q2'
export const paidAt = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 20_000)
export const usd: Money = { amountMinor: 1_250n, currency: 'USD' }
export const day = 86_400_000

export function shown(changes: Partial<ShownCode> = {}): ShownCode {
  const createdAt = new Date(Date.now() - 120_000)
  const expiresAt = new Date(Date.now() + 780_000)
  return { reference, qrString: 'x', md5: md5Hex('x'), amount: usd, createdAt, expiresAt, ...changes }
}

export function keysOf(codes: readonly ShownCode[], unshown: readonly string[] = []): VerifyKeys {
  return { reference: '150001', account, codes, unshown }
}

export const ok = { code: '00', message: 'Success!' }
export const checked = (changes: object = {}) => ({
  status: ok,
  data: {
    payment_status_code: 0,
    payment_status: 'APPROVED',
    original_amount: 12.5,
    total_amount: 12.5,
    refund_amount: 0,
    payment_amount: 50_000,
    payment_currency: 'KHR',
    apv: '1',
    transaction_date: writeBankTime(paidAt),
    ...changes,
  },
})
export const charge = (bankRef: string, changes: object = {}) => {
  return { status: 'Completed', amount: 12.5, transaction_date: writeBankTime(paidAt), bank_ref: bankRef, ...changes }
}
export const detailed = (changes: object = {}) =>
  checked({
    transaction_id: reference,
    original_currency: 'USD',
    bank_ref: '100FT1',
    payer_account: '*001',
    transaction_operations: [charge('100FT1')],
    ...changes,
  })
export const pending = checked({ payment_status_code: 2, payment_status: 'PENDING', payment_currency: '' })

export async function look(
  check: Route,
  detail: Route = says(detailed()),
  keys = keysOf([shown()]),
  more: Parameters<typeof paywayAnswering>[1] = {},
  deadlineMs = 1_500,
) {
  const world = await paywayAnswering({ 'check-transaction': check, 'transaction-detail': detail }, more)
  return { ...world, found: await verify(world.parts, keys, { ...call, deadlineMs }) }
}

export function isUnknown(found: Verification, doubt: RegExp): void {
  assert.deepEqual([found.state, found.movements], ['unknown', []])
  assert.match(found.doubt ?? '', doubt)
}
