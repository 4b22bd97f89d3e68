import {
  type Books,
  type Case,
  type Finding,
  isKeyedByReference,
  keyOf,
  type Movement,
  numberOf,
} from './compare-books.ts'

/** Cases that stand for a movement instead of a receipt: the spec says that a person decides about such money. */
const casesInsteadOfReceipt = new Set(['old_money', 'receipt_changed', 'receipt_elsewhere'])
/** The same for a notice of a bank that cannot be asked: held money is proved money, so what does not fit is a case. */
const casesInsteadOfNotice = new Set([
  ...casesInsteadOfReceipt,
  'second_notice',
  'confirmation_differs',
  'confirmation_not_allowed',
  'unknown_payment',
])

/** Money at a bank that is not in our books: `lost`, unless nobody told us and nobody could be asked. */
export function findUnbooked(books: Books): Finding[] {
  const known = new Set(books.receipts.map(keyOf))
  const unbooked = books.movements.filter((one) => one.status === 'SUCCESS' && !known.has(keyOf(one)))
  const [toldOnly, askable] = partition(unbooked, (one) => books.unasked.has(one.bank))
  return [
    ...lost(books, askable),
    ...Map.groupBy(toldOnly, referenceOf)
      .values()
      .flatMap((same) => untold(books, same)),
  ]
}

function lost({ cases, movements }: Books, unbooked: readonly Movement[]): Finding[] {
  const excused = new Set(
    cases.filter(({ kind }) => casesInsteadOfReceipt.has(kind)).flatMap((one) => one.transactionIds),
  )
  const first = new Map<string, Movement>()
  for (const one of movements) {
    if (one.md5 === undefined || one.status !== 'SUCCESS' || first.has(one.md5)) continue
    first.set(one.md5, one)
  }
  return unbooked
    .filter((one) => !excused.has(one.transactionId))
    .map((one) => {
      // By the code's MD5 the network tells one transfer alone, however often the code was paid; PayWay tells a second
      // charge in its detail alone, which is asked when there is something to ask about.
      const isHidden = (one.md5 !== undefined && first.get(one.md5) !== one) || one.transactionId.includes('/')
      return finding(isHidden ? 'untold' : 'lost', one)
    })
}

/**
 * What a bank that cannot be asked holds under one of our references: each movement that we answered about is the one
 * receipt or a case.
 */
function untold(books: Books, same: readonly Movement[]): Finding[] {
  const [one] = same
  if (!one) return []
  const receipts = books.receipts.filter(
    (receipt) => isKeyedByReference(receipt, books) && referenceOf(receipt) === referenceOf(one),
  ).length
  const cases = books.cases.filter((each) => isAbout(each, one)).length
  const heard = same.filter((movement) => isHeard(books, movement))
  const missing = heard.length - receipts - cases
  const unheard = same.length - Math.max(heard.length, Math.min(receipts + cases, same.length))
  return [
    ...heard.slice(0, Math.max(0, missing)).map((movement) => finding('lost', movement)),
    ...same
      .filter((movement) => !heard.includes(movement))
      .slice(0, Math.max(0, unheard))
      .map((movement) => finding('untold', movement)),
  ]
}

function isAbout({ kind, bank, payment }: Case, movement: Movement): boolean {
  return casesInsteadOfNotice.has(kind) && bank === movement.bank && payment === numberOf(movement.reference)
}

/** Answers which mean that we have read the message: a yes, or a no that is kept as a case. */
const refusals = [404, 409, 422]

/** A message that came in pieces is answered 400, too, and told again: only the last word counts then. */
function isHeard({ told }: Books, movement: Movement): boolean {
  return told
    .filter((one) => keyOf(one) === keyOf(movement))
    .some(({ answers }) => {
      const reached = answers.filter((one) => one !== undefined)
      return reached.some((one) => one < 300 || refusals.includes(one)) || reached.at(-1) === 400
    })
}

function referenceOf({ bank, reference }: { readonly bank: string; readonly reference: string }): string {
  return `${bank} ${reference}`
}

function finding(kind: 'lost' | 'untold', one: Movement): Finding {
  const what = kind === 'lost' ? 'no receipt and no case' : 'nobody told us, and nobody can be asked'
  return {
    kind,
    sentence: `${one.bank} lists ${one.transactionId} (${one.amount} ${one.currency} for ${one.reference}): ${what}`,
    payment: numberOf(one.reference),
  }
}

function partition<One>(all: readonly One[], fits: (one: One) => boolean): readonly [One[], One[]] {
  return [all.filter(fits), all.filter((one) => !fits(one))]
}
