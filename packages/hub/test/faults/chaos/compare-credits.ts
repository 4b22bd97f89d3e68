import { type Books, type Finding, isPremium, minorOf, numberOf } from './compare-books.ts'

/** Each completed premium is credited in its policy system, once and to the last riel; nothing else is. */
export function compareCredits(books: Books): Finding[] {
  const payments = new Map(books.payments.map((one) => [String(one.number), one]))
  const byPayment = Map.groupBy(books.credits, (credit) => credit.paymentId)
  const findings = [...byPayment].flatMap(([paymentId, [credit, ...more]]): Finding[] => {
    if (!credit) return []
    const payment = payments.get(paymentId)
    const found = (kind: Finding['kind'], sentence: string): Finding => ({
      kind,
      sentence,
      payment: numberOf(paymentId),
    })
    const twice =
      more.length > 0
        ? [found('doubled', `Payment ${paymentId} is credited ${more.length + 1} times in ${credit.system}`)]
        : []
    if (payment && !isPremium(payment))
      return [...twice, found('wrong', `${credit.system} is credited for ${paymentId}, which is no premium`)]
    if (!payment || payment.status !== 'completed')
      return [
        ...twice,
        found(
          'wrong',
          `${credit.system} is credited for payment ${paymentId}, which is ${payment?.status ?? 'unknown'}`,
        ),
      ]
    const same = minorOf(credit) === payment.minor && credit.currency === payment.currency
    if (same && credit.policyNumber === payment.billNumber && credit.system === payment.biller) return twice
    return [
      ...twice,
      found(
        'wrong',
        `${credit.system} is credited ${credit.amount} ${credit.currency} on ${credit.policyNumber} for payment ${paymentId} of ${payment.minor} minor units of ${payment.currency} on ${payment.billNumber} (${payment.biller})`,
      ),
    ]
  })
  const uncredited = books.payments
    .filter((one) => one.status === 'completed' && isPremium(one) && !byPayment.has(String(one.number)))
    .map(
      (payment): Finding => ({
        kind: 'lost',
        sentence: `Payment ${payment.number} is completed and ${payment.biller} knows no credit of it`,
        payment: payment.number,
      }),
    )
  return [...findings, ...uncredited]
}
