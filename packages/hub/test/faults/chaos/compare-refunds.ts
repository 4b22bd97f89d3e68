import { isCurrency, parseAmount } from '../../../src/money/money.ts'
import { type Books, type Finding, isPremium, type Movement, type Refund } from './compare-books.ts'

/** Every way in which what banks sent back, our refunds and the policy systems' credit notes disagree. */
export function compareRefunds(books: Books): Finding[] {
  return [...sentByBanks(books), ...sentUnnamed(books), ...ours(books), ...creditNotes(books), ...reversals(books)]
}

/** What a bank sent back is one of our refunds that succeeded, of that amount, and never more than came. */
function sentByBanks({ movements, refunds, withoutRefundIds }: Books): Finding[] {
  const byId = new Map<string | undefined, Refund>(refunds.map((one) => [one.id, one]))
  return movements
    .filter((one) => !withoutRefundIds.has(one.bank))
    .flatMap((movement) => {
      const sent = movement.refunds.filter((one) => one.status === 'REFUNDED')
      const found: Found = (kind, what) => ({
        kind,
        sentence: `${movement.bank} ${movement.transactionId}: ${what}`,
        payment: numberOf(movement.reference),
      })
      const total = sum(sent.map((one) => minorOf(one.amount, movement.currency)))
      const tooMuch = total > minorOf(movement.amount, movement.currency)
      return [
        ...(tooMuch
          ? [found('doubled', `${total} minor units were sent back of ${movement.amount} ${movement.currency}`)]
          : []),
        ...named(sent, movement, byId, found),
      ]
    })
}

type Sent = Movement['refunds'][number]
type Found = (kind: Finding['kind'], what: string) => Finding

function named(
  sent: readonly Sent[],
  movement: Movement,
  byId: ReadonlyMap<string | undefined, Refund>,
  found: Found,
): Finding[] {
  return [
    ...sent
      .filter((one, index) => sent.findIndex((other) => other.refundId === one.refundId) !== index)
      .map((one) => found('doubled', `refund ${one.refundId} was sent twice`)),
    ...sent.flatMap((one) => judgeSent(one, movement, byId.get(one.refundId), found)),
  ]
}

/**
 * Such a bank is told no id of ours, and refunds a transaction, not one of its charges (`T1`, `T1/second charge`): what it
 * sent back of one is exactly what we say that it did, each amount once.
 */
function sentUnnamed({ movements, refunds, withoutRefundIds }: Books): Finding[] {
  const transaction = (one: { readonly bank: string; readonly transactionId: string }) =>
    `${one.bank} ${one.transactionId.split('/', 1)[0]}`
  const ours = Map.groupBy(
    refunds.filter((one) => one.mode === 'automatic' && one.status === 'succeeded'),
    transaction,
  )
  const theirs = Map.groupBy(
    movements.filter((one) => withoutRefundIds.has(one.bank)),
    transaction,
  )
  return [...theirs].flatMap(([key, same]): Finding[] => {
    const [first] = same
    const sent = same.flatMap((one) => one.refunds.map(({ amount }) => minorOf(amount, one.currency)))
    const own = (ours.get(key) ?? []).map(({ minor }) => minor)
    const came = sum(same.filter(isOurs).map((one) => minorOf(one.amount, one.currency)))
    const says = (kind: Finding['kind'], what: string): Finding[] => [
      { kind, sentence: `${key}: ${what}`, payment: numberOf(first?.reference ?? '') },
    ]
    const tooMuch = sum(sent) > came ? says('doubled', `${sum(sent)} minor units were sent back of ${came}`) : []
    if (inOrder(sent) === inOrder(own)) return tooMuch
    const kind = sent.length > own.length ? 'doubled' : 'wrong'
    const what = `it sent back ${inOrder(sent) || 'nothing'}, our refunds are of ${inOrder(own) || 'nothing'}`
    return [...tooMuch, ...says(kind, what)]
  })
}

function isOurs({ status }: Movement): boolean {
  return status === 'SUCCESS'
}

function sum(all: readonly bigint[]): bigint {
  return all.reduce((total, one) => total + one, 0n)
}

function inOrder(minors: readonly bigint[]): string {
  return minors.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join(', ')
}

function judgeSent(sent: Sent, movement: Movement, refund: Refund | undefined, found: Found): Finding[] {
  if (!refund) return [found('wrong', `refund ${sent.refundId} was sent back, and we know nothing of it`)]
  if (refund.status !== 'succeeded')
    return [found('wrong', `refund ${refund.id} was sent back, and we call it ${refund.status}`)]
  if (refund.minor !== minorOf(sent.amount, movement.currency) || refund.transactionId !== movement.transactionId)
    return [
      found(
        'wrong',
        `refund ${refund.id} is of ${refund.minor} minor units of ${refund.transactionId}, the bank sent ${sent.amount}`,
      ),
    ]
  return []
}

/** A refund that a bank carries out has happened there when we say so; one sent by hand is a person's word. */
function ours({ movements, refunds, withoutRefundIds }: Books): Finding[] {
  const sent = new Set(
    movements.flatMap((one) =>
      one.refunds.filter(({ status }) => status === 'REFUNDED').map(({ refundId }) => refundId),
    ),
  )
  return refunds
    .filter((one) => one.mode === 'automatic' && one.status === 'succeeded' && !sent.has(one.id))
    .filter((one) => !withoutRefundIds.has(one.bank))
    .map((one) => ({
      kind: 'wrong',
      sentence: `Refund ${one.id} succeeded, and ${one.bank} did not send it`,
      payment: one.payment,
    }))
}

/**
 * What a premium gave back is told to its policy system once; held money was never credited, so it is not told of, and
 * wallets and orders are in our own books.
 */
function creditNotes(books: Books): Finding[] {
  const others = new Set(books.payments.filter((one) => !isPremium(one)).map((one) => one.number))
  const byId = Map.groupBy(books.creditNotes, (note) => note.refundId)
  const wanted = books.refunds.filter(
    (one) => one.status === 'succeeded' && one.payment !== undefined && !others.has(one.payment),
  )
  const known = new Set(wanted.map((one) => one.id))
  return [
    ...wanted.flatMap((refund): Finding[] => {
      const [note, ...more] = byId.get(refund.id) ?? []
      const says = (kind: Finding['kind'], what: string): Finding => ({
        kind,
        sentence: `Refund ${refund.id} ${what}`,
        payment: refund.payment,
      })
      if (!note) return books.excusedNotes.has(refund.payment ?? 0) ? [] : [says('lost', 'has no credit note')]
      if (more.length > 0) return [says('doubled', `has ${more.length + 1} credit notes in ${note.system}`)]
      const same = minorOf(note.amount, note.currency) === refund.minor && note.currency === refund.currency
      return same && note.paymentId === String(refund.payment)
        ? []
        : [says('wrong', `is of ${refund.minor}, its credit note of ${note.amount}`)]
    }),
    ...books.creditNotes
      .filter((note) => !known.has(note.refundId))
      .map(
        (note): Finding => ({
          kind: 'wrong',
          sentence: `${note.system} has a credit note for refund ${note.refundId}, which did not succeed`,
          payment: numberOf(note.paymentId),
        }),
      ),
  ]
}

/** What we call taken back, the bank calls so too. */
function reversals({ movements, reversed }: Books): Finding[] {
  const byKey = new Map(movements.map((one) => [`${one.bank} ${one.transactionId}`, one]))
  return reversed
    .filter((key) => byKey.get(key)?.status === 'SUCCESS')
    .map((key) => ({
      kind: 'wrong',
      sentence: `${key} is taken back in our books, and the bank lists it`,
      payment: numberOf(byKey.get(key)?.reference ?? ''),
    }))
}

function minorOf(amount: string, currency: string): bigint {
  if (!isCurrency(currency)) throw new Error(`The journal names the currency ${currency}`)
  return parseAmount(amount, currency)
}

function numberOf(reference: string): number | undefined {
  return /^\d{1,15}$/.test(reference) ? Number(reference) : undefined
}
