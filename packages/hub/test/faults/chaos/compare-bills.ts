import type { Books, Finding } from './compare-books.ts'

/** One bill, one completed payment: the amount is not part of the bill. */
export function compareBills({ payments, receipts }: Books): Finding[] {
  const completed = payments.filter((one) => one.status === 'completed')
  const twice = [...Map.groupBy(completed, (one) => [one.biller, one.billNumber, one.billKey, one.currency].join(' '))]
    .filter(([, same]) => same.length > 1)
    .map(
      ([bill, same]): Finding => ({
        kind: 'doubled',
        sentence: `Bill ${bill} has completed payments ${same.map((one) => one.number).join(', ')}`,
        payment: same[0]?.number,
      }),
    )
  const paid = new Set(receipts.flatMap((one) => one.settled))
  const unpaid = completed
    .filter((one) => !paid.has(one.number))
    .map(
      (one): Finding => ({
        kind: 'wrong',
        sentence: `Payment ${one.number} is completed without a receipt`,
        payment: one.number,
      }),
    )
  return [...twice, ...unpaid]
}
