import { type Currency, isCurrency, parseAmount } from '../../../src/money/money.ts'
import { compareBills } from './compare-bills.ts'
import { compareCredits } from './compare-credits.ts'
import { compareOrders } from './compare-orders.ts'
import { compareRefunds } from './compare-refunds.ts'
import { compareWallets } from './compare-wallets.ts'
import { findUnbooked } from './find-unbooked.ts'

/** What a bank says of one payment to us, and what it heard from us about it. */
export type Movement = {
  readonly bank: string
  readonly transactionId: string
  readonly reference: string
  readonly amount: string
  readonly currency: string
  /** RFC 3339. */
  readonly paidAt: string
  /** Where the bank knows its codes by the MD5 of their text: it tells one transfer of each. */
  readonly md5?: string
  /** SUCCESS: the money is on our account. */
  readonly status: string
  /** What the bank sent back of it; without our id where it knows refunds by their sum alone. */
  readonly refunds: readonly {
    readonly refundId: string | undefined
    readonly amount: string
    readonly status: string
  }[]
}

/** A bank's message about a movement; one answer per attempt, undefined where none reached the bank. */
export type Told = {
  readonly bank: string
  readonly transactionId: string
  readonly answers: readonly (number | undefined)[]
}

export type PolicyCredit = {
  readonly system: string
  readonly paymentId: string
  readonly policyNumber: string
  readonly amount: string
  readonly currency: string
}

export type CreditNote = PolicyCredit & { readonly refundId: string }

export type Refund = {
  readonly id: string
  readonly bank: string
  readonly transactionId: string
  readonly status: string
  readonly mode: string
  readonly minor: bigint
  readonly currency: string
  /** Undefined: of held money. */
  readonly payment: number | undefined
}

export type Receipt = {
  readonly bank: string
  readonly transactionId: string
  readonly reference: string
  /** Undefined where the money is for a reference we do not know. */
  readonly payment: number | undefined
  readonly minor: bigint
  readonly currency: string
  readonly proof: string
  /** The payments that it settled, its own or others. */
  readonly settled: readonly number[]
}

export type Payment = {
  readonly number: number
  readonly status: string
  readonly biller: string
  readonly billNumber: string
  readonly billKey: string
  readonly minor: bigint
  readonly currency: string
  /** "wallet:user-1", where it is a top-up. */
  readonly wallet: string | undefined
  /** The shop's number, where it is an order's. */
  readonly order?: string | undefined
  /** What was applied to it in all, by settling and by operators. */
  readonly appliedMinor?: bigint
  /** What operators applied to it of held money, in their own words: it stands in the wallet before the rest has come. */
  readonly partMinor?: bigint
  /** Milliseconds since 1970; undefined: never. */
  readonly expiredAt: number | undefined
}

/** A case, with the bank's transaction ids that its evidence names. */
export type Case = {
  readonly kind: string
  readonly bank: string | undefined
  readonly payment: number | undefined
  readonly transactionIds: readonly string[]
}

export type Books = {
  readonly movements: readonly Movement[]
  readonly told: readonly Told[]
  readonly credits: readonly PolicyCredit[]
  readonly receipts: readonly Receipt[]
  readonly payments: readonly Payment[]
  readonly cases: readonly Case[]
  readonly refunds: readonly Refund[]
  readonly creditNotes: readonly CreditNote[]
  /** Payments whose credit note is a case: a person decides about it. */
  readonly excusedNotes: ReadonlySet<number>
  /** "AMK 123…" of receipts that we call taken back by the bank. */
  readonly reversed: readonly string[]
  /** Banks that cannot be asked about a payment: what they do not tell, nobody knows. */
  readonly unasked: ReadonlySet<string>
  /** Payments whose codes a bank tells the same transfer of. */
  readonly sharedTransfers: readonly (readonly [number, number])[]
  readonly wallets: readonly Wallet[]
  /** Payments that expired though their bank was not asked after their code's end. */
  readonly expiredUnasked: readonly number[]
  readonly orders: readonly Order[]
  /** Banks that know refunds by their sum alone, not by our ids. */
  readonly withoutRefundIds: ReadonlySet<string>
  /** The payments for which a customer's receipt was issued, one entry each; undefined: there are no such receipts. */
  readonly customerReceipts: readonly number[] | undefined
}

export type Order = {
  readonly number: string
  readonly minor: bigint
  readonly currency: string
  /** As the shop reads it. */
  readonly status: string
  readonly isCancelled: boolean
}

export type Wallet = { readonly account: string; readonly currency: string; readonly minor: bigint }

export type Finding = {
  /**
   * `lost`: money without a receipt or a case; `doubled`: more than one effect of one cause; `wrong`: the books disagree;
   * `unconfirmed`: legal, and reconciliation's work (clauses 2 and 5); `untold`: money that nobody ever told us of at a bank
   * that cannot be asked about it, which only a statement shows.
   */
  readonly kind: 'lost' | 'doubled' | 'wrong' | 'unconfirmed' | 'untold'
  readonly sentence: string
  readonly payment: number | undefined
}

/** Every way in which the banks' journal, our books and the policy systems' credits disagree. */
export function compareBooks(books: Books): Finding[] {
  return [
    ...findUnbooked(books),
    ...wrongReceipts(books),
    ...doubledReceipts(books),
    ...compareCredits(books),
    ...compareBills(books),
    ...compareRefunds(books),
    ...compareWallets(books),
    ...compareOrders(books),
  ]
}

function wrongReceipts(books: Books): Finding[] {
  const { movements, receipts, told } = books
  const byKey = new Map(movements.map((one) => [keyOf(one), one]))
  return receipts.flatMap((receipt): Finding[] => {
    const movement = byKey.get(keyOf(receipt)) ?? (isKeyedByReference(receipt, books) && ofReference(receipt, books))
    const says = (kind: Finding['kind'], what: string): Finding[] => [
      {
        kind,
        sentence: `Receipt ${receipt.bank} ${receipt.transactionId} ${what}`,
        payment: receipt.payment ?? numberOf(receipt.reference),
      },
    ]
    if (!movement) return says('wrong', 'is of a movement that the bank does not know')
    // Whether we know already that the bank took it back is a question of time.
    if (movement.status !== 'SUCCESS' && movement.status !== 'REVERSED')
      return judgeUnconfirmed(receipt, movement, told, says)
    if (minorOf(movement) !== receipt.minor || movement.currency !== receipt.currency)
      return says(
        'wrong',
        `is of ${receipt.minor} minor units of ${receipt.currency}, the bank says ${movement.amount} ${movement.currency}`,
      )
    const isOther =
      movement.reference !== receipt.reference ||
      (receipt.payment !== undefined && String(receipt.payment) !== movement.reference)
    if (isOther && !isShared(movement, receipt, books))
      return says(
        'wrong',
        `is for ${receipt.reference} (payment ${receipt.payment}), the bank says ${movement.reference}`,
      )
    return []
  })
}

/** "Paid" by a bank that cannot be asked is one movement keyed by our reference (clause 3). */
export function isKeyedByReference(receipt: Receipt, { unasked }: Books): boolean {
  return unasked.has(receipt.bank) && receipt.transactionId === receipt.reference
}

function ofReference(receipt: Receipt, { movements }: Books): Movement | undefined {
  const same = movements.filter((one) => one.bank === receipt.bank && one.reference === receipt.reference)
  return same.find((one) => minorOf(one) === receipt.minor && one.status === 'SUCCESS') ?? same[0]
}

/** Told for two codes, a transfer settles the one that is asked about first. */
function isShared(movement: Movement, receipt: Receipt, { sharedTransfers }: Books): boolean {
  return sharedTransfers.some((pair) => {
    const names = pair.map(String)
    return names.includes(movement.reference) && names.includes(receipt.reference)
  })
}

/**
 * A confirmation was applied, its answer never reached the bank, and the bank gave up asking: nobody may guess whose word
 * holds, and reconciliation decides (the receipt is by notice). It is our fault as soon as we said no after we had said
 * yes to ourselves, that is, when the bank's last word from us is a refusal.
 */
function judgeUnconfirmed(
  receipt: Receipt,
  movement: Movement,
  told: readonly Told[],
  says: (kind: Finding['kind'], what: string) => Finding[],
): Finding[] {
  const answers = told.filter((one) => keyOf(one) === keyOf(receipt)).flatMap((one) => one.answers)
  const shown = `the bank calls it ${movement.status}, after our answers ${answers.map((one) => one ?? 'lost').join(', ') || '(none known)'}`
  const isByNotice = receipt.proof === 'notice'
  const wasRefused = answers.some((one) => one !== undefined && one >= 400 && one < 500)
  const wasLost = answers.some((one) => one === undefined || one >= 500)
  return says(isByNotice && wasLost && !wasRefused ? 'unconfirmed' : 'wrong', `is in our books, and ${shown}`)
}

function doubledReceipts({ receipts }: Books): Finding[] {
  return [...Map.groupBy(receipts, keyOf)]
    .filter(([, same]) => same.length > 1)
    .map(([key, same]) => ({
      kind: 'doubled',
      sentence: `${key} has ${same.length} receipts`,
      payment: same[0]?.payment,
    }))
}

export function keyOf({ bank, transactionId }: { readonly bank: string; readonly transactionId: string }): string {
  return `${bank} ${transactionId}`
}

export function minorOf({
  amount,
  currency,
}: {
  readonly amount: string
  readonly currency: string
}): bigint | undefined {
  return isCurrency(currency) ? parseAmount(amount, currency satisfies Currency) : undefined
}

export function numberOf(reference: string): number | undefined {
  return /^\d{1,15}$/.test(reference) ? Number(reference) : undefined
}

/** What neither fills a wallet nor pays an order. */
export function isPremium({ wallet, order }: Payment): boolean {
  return wallet === undefined && order === undefined
}
