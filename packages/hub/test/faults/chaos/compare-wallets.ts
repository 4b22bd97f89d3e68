import type { Books, Finding, Payment } from './compare-books.ts'

/** So long after its bank listed the money nothing is closed as unpaid: longer than any look and any stop of a hub. */
const lookMs = 90_000

/** Every way in which wallets disagree with the top-ups that were paid, and every payment that was closed unasked. */
export function compareWallets(books: Books): Finding[] {
  return [...balances(books), ...expired(books)]
}

/** A wallet holds what its completed top-ups brought, once, and what operators applied to others, without what was sent back. */
function balances({ payments, refunds, wallets }: Books): Finding[] {
  const topups = new Map(payments.filter((one) => one.wallet !== undefined).map((one) => [one.number, one]))
  const owed = new Map<string, bigint>()
  const add = ({ wallet, currency }: Payment, minor: bigint) =>
    owed.set(`${wallet} ${currency}`, (owed.get(`${wallet} ${currency}`) ?? 0n) + minor)
  for (const one of topups.values()) add(one, one.status === 'completed' ? one.minor : (one.partMinor ?? 0n))
  for (const refund of refunds) {
    const topup = topups.get(refund.payment ?? 0)
    // It is held for the refund from the moment that somebody asks for it.
    if (topup && !['failed', 'cancelled'].includes(refund.status)) add(topup, -refund.minor)
  }
  const held = new Map(wallets.map(({ account, currency, minor }) => [`${account} ${currency}`, minor]))
  return [...new Set([...owed.keys(), ...held.keys()])].flatMap((key): Finding[] => {
    const [is, should] = [held.get(key) ?? 0n, owed.get(key) ?? 0n]
    if (is === should) return []
    const kind = is < should ? 'lost' : should > 0n && is % should === 0n ? 'doubled' : 'wrong'
    const payment = [...topups.values()].find((one) => `${one.wallet} ${one.currency}` === key)?.number
    return [{ kind, sentence: `${key} has ${is} minor units, its top-ups are worth ${should}`, payment }]
  })
}

/** "Unpaid" is said by the bank, after the code's end, and never while it lists the money. */
function expired({ payments, movements, expiredUnasked }: Books): Finding[] {
  const expiredAt = new Map(payments.map((one) => [String(one.number), one.expiredAt]))
  return [
    ...expiredUnasked.map(
      (number): Finding => ({
        kind: 'wrong',
        sentence: `Payment ${number} expired, and its bank was not asked after its code's end`,
        payment: number,
      }),
    ),
    ...movements
      .filter((one) => one.status === 'SUCCESS')
      .filter((one) => Date.parse(one.paidAt) + lookMs < (expiredAt.get(one.reference) ?? 0))
      .map(
        (one): Finding => ({
          kind: 'wrong',
          sentence: `Payment ${one.reference} expired, and ${one.bank} had listed ${one.transactionId} since ${one.paidAt}`,
          payment: Number(one.reference),
        }),
      ),
  ]
}
