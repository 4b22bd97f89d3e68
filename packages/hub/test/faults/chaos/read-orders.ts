import { setTimeout as delay } from 'node:timers/promises'
import { parseAmount } from '../../../src/money/money.ts'
import { call } from '../../support/running-hub.ts'
import type { Order } from './compare-books.ts'
import type { Ground } from './ground.ts'
import { tried } from './tried.ts'

type Listed = {
  readonly order_number: string
  readonly total: string
  readonly currency: 'USD' | 'KHR'
  readonly status: string
  readonly cancelled_at: string | null
}

const readers = 50

/** Every order as its shop reads it, page by page; pages are asked for until they come. */
export async function readOrders(ground: Ground): Promise<Order[]> {
  const orders: Order[] = []
  let cursor: string | undefined
  for (let page = 0; ; page += 1) {
    const query = new URLSearchParams({ limit: '100', ...(cursor === undefined ? {} : { cursor }) })
    const url = `http://127.0.0.1:${ground.fromBanks.port}/api/order/v1/orders?${query}`
    // Requests are limited for each reader.
    const token = ground.shopToken(`reader-${page % readers}`)
    const answer = await tried(call(url, 'GET', { token }))
    if (answer?.status !== 200) {
      await delay(200)
      continue
    }
    const { data } = answer.json as unknown as { data: { orders: readonly Listed[]; next_cursor?: string | null } }
    orders.push(...data.orders.map(readOrder))
    cursor = data.next_cursor ?? undefined
    if (cursor === undefined) return orders
  }
}

function readOrder({ order_number, total, currency, status, cancelled_at }: Listed): Order {
  return {
    number: order_number,
    minor: parseAmount(total, currency),
    currency,
    status,
    isCancelled: cancelled_at !== null,
  }
}
