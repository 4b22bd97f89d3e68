import type { OrderItem } from '../domain/order.ts'
import type { Payment } from '../domain/payment.ts'
import type { Currency, Money } from '../money/money.ts'
import type { Db } from './db.ts'
import { type Opening, type OpeningOrder, readOpening, readSnapshot, type Snapshot } from './payments.ts'
import { storableJson } from './storable-text.ts'

export type OrderCustomer = {
  readonly firstName: string | undefined
  readonly lastName: string | undefined
  readonly email: string | undefined
  readonly phone: string | undefined
}

export type NewOrder = {
  readonly uuid: string
  /** The shop's own number, unique: 1 to 64 characters. */
  readonly orderNumber: string
  readonly customerId: string
  readonly total: Money
  readonly items: readonly OrderItem[]
  readonly customer: OrderCustomer
  readonly returnUrl: string | undefined
  readonly cancelUrl: string | undefined
  readonly createdBy: string
}

export type Order = NewOrder & {
  /** Larger is newer. */
  readonly id: number
  readonly createdAt: Date
  readonly cancelledAt: Date | undefined
  /** Its completed payment, else its newest one. */
  readonly payment: Payment | undefined
}

/** Keeps an order; false when its number is taken, also by the same one. */
export async function createOrder(db: Db, order: NewOrder): Promise<boolean> {
  const rows = await db.query(
    'create_order',
    `with made as (
      insert into orders (uuid, order_number, customer_id, total_minor, currency, items, return_url, cancel_url, created_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning id)
    insert into order_customers (order_id, first_name, last_name, email, phone)
      select id, $10, $11, $12, $13 from made returning order_id`,
    [
      order.uuid,
      order.orderNumber,
      order.customerId,
      order.total.amountMinor,
      order.total.currency,
      storableJson(order.items),
      order.returnUrl ?? null,
      order.cancelUrl ?? null,
      order.createdBy,
      order.customer.firstName ?? null,
      order.customer.lastName ?? null,
      order.customer.email ?? null,
      order.customer.phone ?? null,
    ],
  )
  return rows.length === 1
}

const columns = `o.id, o.uuid, o.order_number, o.customer_id, o.total_minor, o.currency, o.items, o.return_url, o.cancel_url,
  o.created_by, o.created_at, o.cancelled_at, c.first_name, c.last_name, c.email, c.phone,
  (select payment_snapshot(p.number) from payments p
    where p.payable_kind = 'order' and p.bill_number = o.order_number and p.currency = o.currency
    order by (p.status = 'completed') desc, p.number desc limit 1) as payment
  from orders o left join order_customers c on c.order_id = o.id`

/** Undefined when there is none. */
export async function readOrder(
  db: Db,
  by: { readonly uuid: string } | { readonly orderNumber: string } | { readonly id: number },
): Promise<Order | undefined> {
  const [name, where, value] =
    'uuid' in by
      ? ['order_by_uuid', 'o.uuid = $1', by.uuid]
      : 'id' in by
        ? ['order_by_id', 'o.id = $1', by.id]
        : ['order_by_number', 'o.order_number = $1', by.orderNumber]
  const rows = await db.query<OrderRow>(name, `select ${columns} where ${where}`, [value])
  return rows[0] && fromRow(rows[0])
}

/** The newest first. `before`: only older ones than this id. */
export async function listOrders(
  db: Db,
  page: {
    readonly customerId: string | undefined
    readonly orderNumber: string | undefined
    readonly before: number | undefined
    readonly limit: number
  },
): Promise<Order[]> {
  const rows = await db.query<OrderRow>(
    'list_orders',
    `select ${columns} where ($1::text is null or o.customer_id = $1) and ($2::text is null or o.order_number = $2)
      and ($3::bigint is null or o.id < $3) order by o.id desc limit $4`,
    [page.customerId ?? null, page.orderNumber ?? null, page.before ?? null, page.limit],
  )
  return rows.map(fromRow)
}

/** Whether the shop has given this order up. */
export async function isWithdrawn(db: Db, orderNumber: string): Promise<boolean> {
  const rows = await db.query(
    'order_is_withdrawn',
    'select from orders where order_number = $1 and cancelled_at is not null',
    [orderNumber],
  )
  return rows.length > 0
}

/** Opens the one payment of an order, or finds it. `withdrawn`: the shop has given the order up. Throws `Conflict`. */
export async function openOrderPayment(
  db: Db,
  order: OpeningOrder & {
    readonly orderUuid: string
    readonly checkout: {
      readonly token: string
      readonly returnUrl: string | undefined
      readonly cancelUrl: string | undefined
    }
  },
): Promise<Opening | { readonly kind: 'withdrawn' }> {
  const { amount, ...rest } = order
  const rows = await db.query<{ answer: { kind: string } }>(
    'open_order_payment',
    'select open_order_payment($1) as answer',
    [storableJson({ ...rest, amountMinor: amount.amountMinor.toString(), currency: amount.currency })],
  )
  return rows[0]?.answer.kind === 'withdrawn' ? { kind: 'withdrawn' } : readOpening(rows[0]?.answer)
}

/** Gives an order up. `open`: its payment must be cancelled first. `settled`: it is paid. */
export async function withdrawOrder(
  db: Db,
  uuid: string,
  because: string,
): Promise<{ readonly kind: 'withdrawn' } | { readonly kind: 'open' | 'settled'; readonly number: number }> {
  type Answer = Awaited<ReturnType<typeof withdrawOrder>>
  const rows = await db.query<{ answer: Answer }>('withdraw_order', 'select withdraw_order($1, $2) as answer', [
    uuid,
    because,
  ])
  const answer = rows[0]?.answer
  if (!answer) throw new Error('withdraw_order answered nothing')
  return answer
}

type OrderRow = {
  id: string
  uuid: string
  order_number: string
  customer_id: string
  total_minor: string
  currency: Currency
  items: OrderItem[]
  return_url: string | null
  cancel_url: string | null
  created_by: string
  created_at: Date
  cancelled_at: Date | null
  first_name: string | null
  last_name: string | null
  email: string | null
  phone: string | null
  payment: Snapshot | null
}

function fromRow(row: OrderRow): Order {
  return {
    id: Number(row.id),
    uuid: row.uuid,
    orderNumber: row.order_number,
    customerId: row.customer_id,
    total: { amountMinor: BigInt(row.total_minor), currency: row.currency },
    items: row.items,
    customer: {
      firstName: row.first_name ?? undefined,
      lastName: row.last_name ?? undefined,
      email: row.email ?? undefined,
      phone: row.phone ?? undefined,
    },
    returnUrl: row.return_url ?? undefined,
    cancelUrl: row.cancel_url ?? undefined,
    createdBy: row.created_by,
    createdAt: row.created_at,
    cancelledAt: row.cancelled_at ?? undefined,
    payment: readSnapshot(row.payment),
  }
}
