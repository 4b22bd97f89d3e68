import assert from 'node:assert/strict'
import { patiently } from './bad-day.ts'
import type { Answer, Json, TestHub } from './running-hub.ts'

let made = 0

/** A number that no test had before: of orders, and of customers. */
export function fresh(what: string): string {
  return `${what}-${process.pid}-${(made += 1)}`
}

/** A shop that creates orders and reads them. */
export function shopToken(hub: TestHub): string {
  return hub.token('orders:manage')
}

export function customerToken(hub: TestHub, customerId: string): string {
  return hub.token('orders:pay', customerId)
}

export type Order = {
  readonly uuid: string
  readonly order_number: string
  readonly customer_id: string
  readonly total: string
  readonly currency: string
  readonly status: string
}

type Fields = Readonly<Record<string, unknown>>
type Sent = { readonly token?: string; readonly headers?: Readonly<Record<string, string>> }

/** Sends a new order: USD 50.00 of a new customer unless told; what is `undefined` is left out. */
export function askOrder(hub: TestHub, more: Fields = {}, how: Sent = {}): Promise<Answer> {
  const json = {
    order_number: fresh('A'),
    customer_id: fresh('customer'),
    total: '50.00',
    currency: 'USD',
    ...more,
  }
  return hub.gateway('POST', '/api/order/v1/orders', { token: shopToken(hub), json, ...how })
}

/** An order that was made, with whose it is. */
export async function createOrder(hub: TestHub, more: Fields = {}): Promise<Order> {
  const customerId = fresh('customer')
  const answer = await askOrder(hub, { customer_id: customerId, ...more })
  assert.equal(answer.status, 201, answer.text)
  const order = answer.json['data']?.['order'] as unknown as Order
  return { ...order, customer_id: String(more['customer_id'] ?? customerId) }
}

/** Asks for an order's payment, as its customer unless told. */
export function askPayment(
  hub: TestHub,
  order: Pick<Order, 'uuid' | 'customer_id'>,
  json?: Fields,
  how: Sent = {},
): Promise<Answer> {
  const path = `/api/order/v1/customer/orders/${order.uuid}/payment/khqr`
  const token = customerToken(hub, order.customer_id)
  return hub.gateway('POST', path, { token, ...(json === undefined ? {} : { json }), ...how })
}

export type Paying = {
  readonly order: Order
  readonly payment: { readonly uuid: string; readonly status: string; readonly amount: string }
  readonly khqr: {
    readonly qr_string: string
    readonly abapay_deeplink: string | null
    readonly transaction_id: string
  }
  readonly checkout_url: string
}

/** The payment of an order, as it was opened. */
export async function openPayment(hub: TestHub, order: Order, json?: Fields): Promise<Paying> {
  const answer = await askPayment(hub, order, json)
  assert.equal(answer.status, 200, answer.text)
  return answer.json['data'] as unknown as Paying
}

export function askStatus(hub: TestHub, order: Pick<Order, 'uuid' | 'customer_id'>, how: Sent = {}): Promise<Answer> {
  const token = customerToken(hub, order.customer_id)
  return hub.gateway('GET', `/api/order/v1/customer/orders/${order.uuid}/payment/status`, { token, ...how })
}

/** Watches an order's payment until its status is this; what the status route says then. */
export function paymentBecomes(hub: TestHub, order: Order, status: string): Promise<Json> {
  return patiently(`the payment of ${order.order_number} to be ${status}`, async () => {
    const { json, text } = await askStatus(hub, order)
    assert.ok(json['data'], text)
    return String(json['data']?.['payment']?.['status']) === status && (json['data'] as Json)
  })
}

/** "I have paid", pressed on the page. */
export async function sayPaid(hub: TestHub, { checkout_url }: Pick<Paying, 'checkout_url'>): Promise<Answer> {
  return hub.gateway('POST', new URL(checkout_url).pathname)
}

/** An order as its shop reads it. */
export async function readOrder(hub: TestHub, { uuid }: Pick<Order, 'uuid'>): Promise<Json> {
  const answer = await hub.gateway('GET', `/api/order/v1/orders/${uuid}`, { token: hub.token('orders:read') })
  assert.equal(answer.status, 200, answer.text)
  return answer.json['data']?.['order'] as Json
}

/** `{success: false, message, errors?}` and nothing else unless told; the fields it complains about. */
export function assertOrderRefused(answer: Answer, status: number, message?: string, also: string[] = []): string[] {
  assert.equal(answer.status, status, answer.text)
  const { errors, ...rest } = answer.json as unknown as Record<string, unknown>
  assert.deepEqual(Object.keys(rest), ['success', 'message', ...also], answer.text)
  assert.equal(rest['success'], false)
  if (message === undefined) assert.match(String(rest['message']), /\S/)
  else assert.equal(rest['message'], message)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  for (const sentences of Object.values((errors ?? {}) as Record<string, unknown>))
    assert.ok(Array.isArray(sentences) && sentences.every((one) => typeof one === 'string'), answer.text)
  return Object.keys((errors ?? {}) as object).sort()
}
