import type { Books, Finding, Order, Payment } from './compare-books.ts'

/** Every way in which shop orders disagree with the money that was paid for them, or customers' receipts with payments. */
export function compareOrders(books: Books): Finding[] {
  return [...orders(books), ...strangers(books), ...customerReceipts(books)]
}

/** An order is paid by one payment, once, to the last riel; and the shop reads what the money says. */
function orders({ orders: all, payments, refunds }: Books): Finding[] {
  const byOrder = Map.groupBy(
    payments.filter((one) => one.order !== undefined),
    (one) => one.order,
  )
  return all.flatMap((order): Finding[] => {
    const own = byOrder.get(order.number) ?? []
    const paid = own.find((one) => one.status === 'completed')
    const payment = (paid ?? own.at(-1))?.number
    const says = (kind: Finding['kind'], what: string): Finding => ({
      kind,
      sentence: `Order ${order.number} ${what}`,
      payment,
    })
    const applied = sum(own.map((one) => one.appliedMinor ?? 0n))
    const back = sum(
      refunds
        // What is not sent yet may still come to nothing.
        .filter((one) => one.status === 'succeeded' && own.some(({ number }) => number === one.payment))
        .map(({ minor }) => minor),
    )
    const expected = expectedStatus(order, paid, applied - back)
    return [
      ...own
        .filter((one) => one.minor !== order.minor || one.currency !== order.currency)
        .map((one) =>
          says('wrong', `is of ${order.minor} ${order.currency}, its payment ${one.number} of ${one.minor}`),
        ),
      ...(applied > order.minor ? [says('doubled', `is of ${order.minor}, and ${applied} were applied to it`)] : []),
      ...(paid && applied < order.minor ? [says('wrong', `is completed with ${applied} of ${order.minor}`)] : []),
      ...(order.status === expected ? [] : [says('wrong', `is "${order.status}" for its shop, and ${expected}`)]),
    ]
  })
}

function expectedStatus({ isCancelled }: Order, paid: Payment | undefined, standingMinor: bigint): string {
  if (paid) return standingMinor > 0n ? 'paid' : 'refunded'
  return isCancelled ? 'cancelled' : 'pending'
}

function strangers({ orders: all, payments }: Books): Finding[] {
  const known = new Set(all.map(({ number }) => number))
  return payments
    .filter(({ order }) => order !== undefined && !known.has(order))
    .map(({ number, order }) => ({
      kind: 'wrong',
      sentence: `Payment ${number} is for order ${order}, which no shop can read`,
      payment: number,
    }))
}

/** Whoever has paid has one receipt for it, and nobody else has. */
function customerReceipts({ payments, customerReceipts: issued }: Books): Finding[] {
  if (!issued) return []
  const counts = Map.groupBy(issued, (payment) => payment)
  return payments.flatMap(({ number, status }): Finding[] => {
    const count = counts.get(number)?.length ?? 0
    const isPaid = status === 'completed'
    if (count === (isPaid ? 1 : 0)) return []
    const kind = count === 0 ? 'lost' : isPaid ? 'doubled' : 'wrong'
    return [
      { kind, sentence: `Payment ${number} is ${status}, and its customer has ${count} receipts`, payment: number },
    ]
  })
}

function sum(all: readonly bigint[]): bigint {
  return all.reduce((total, one) => total + one, 0n)
}
