import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Movement, Verification, VerifyKeys } from '../../src/banks/bank.ts'
import { payOrder } from '../../src/flows/pay-order.ts'
import { Trouble } from '../../src/kit/trouble.ts'
import { createOrder, readOrder } from '../../src/store/orders.ts'
import type { TestHub } from './running-hub.ts'
import type { Entrance } from './telling-bank.ts'

/** The bank's own books: reference → what it lists; `away` until it is reachable again. */
export type BankBooks = { readonly money: Map<string, Movement[]>; away: boolean; doubts: boolean }

export type World = { readonly hub: TestHub; readonly entrance: Entrance; readonly books: BankBooks }

export async function answerOf(books: BankBooks, keys: VerifyKeys): Promise<Verification> {
  if (books.away)
    throw new Trouble('unreachable', 'The made-up bank is away', {
      target: 'BANK77',
      operation: 'verify',
      outcome: 'not_done',
    })
  if (books.doubts) return { state: 'unknown', movements: [], exchanges: [], doubt: 'The made-up bank mumbles.' }
  const codes = [...keys.codes.map((one) => one.reference), ...keys.unshown]
  const references = codes.length === 0 ? [keys.reference] : codes
  const movements = references.flatMap((reference) => books.money.get(reference) ?? [])
  return {
    state: movements.length > 0 ? 'paid' : codes.length === 0 ? 'not_found' : 'unpaid',
    movements,
    exchanges: [],
  }
}

export type Shown = { readonly id: number; readonly reference: string; readonly uuid: string }

/** An order of USD 25.00 with a code of the made-up bank. */
export async function shown({ hub, entrance }: World): Promise<Shown> {
  const uuid = randomUUID()
  const nobody = { firstName: undefined, lastName: undefined, email: undefined, phone: undefined }
  await createOrder(hub.running.db, {
    uuid,
    orderNumber: `SHOP-${uuid.slice(0, 8)}`,
    customerId: 'customer-1',
    total: { amountMinor: 2_500n, currency: 'USD' },
    items: [],
    customer: nobody,
    returnUrl: undefined,
    cancelUrl: undefined,
    createdBy: 'a test',
  })
  return another(entrance, hub, uuid)
}

/** The order's code, or another one where that has ended. */
export async function another({ hub: flows }: Entrance, hub: TestHub, uuid: string): Promise<Shown> {
  const order = await readOrder(hub.running.db, { uuid })
  assert.ok(order)
  const nobody = { firstName: undefined, lastName: undefined, email: undefined, phone: undefined }
  const asker = { actor: 'a test', subject: 'test', correlationId: 'test-1' }
  const { payment, attempt } = await payOrder(flows, asker, order, {
    method: 'sample',
    customer: nobody,
    amountMinor: undefined,
  })
  return { id: payment.number, reference: attempt.reference, uuid }
}
