import type { CallContext, Probe } from '../kit/call.ts'
import type { Exchange, Trouble } from '../kit/trouble.ts'
import type { Currency, Money } from '../money/money.ts'
import type { Callbacks } from './callback.ts'
import type { Allowance, TokenFingerprint } from './keeping.ts'
import type { CancelAnswer, Operation } from './operation.ts'
import type { HostedPage, PaymentMethod, Purchase } from './purchase.ts'

/** Our account at a bank: who is paid. Store and terminal ids belong to it. */
export type MerchantAccount = {
  readonly id: number
  readonly bankCode: string
  /** The bank's number for us (`merchantId`, `merchant_number`). */
  readonly accountNumber: string
  readonly currency: Currency
  readonly storeId: string
  readonly terminalId: string
  /** The KHQR payee every code of this account must name (tag 29/30 sub 00). */
  readonly payeeAccount: string
  /** Tag 30 sub 01; undefined where the bank writes tag 29. */
  readonly payeeMerchantId: string | undefined
  readonly active: boolean
}

/** A merchant account as configured: seeds the table that operators edit. */
export type AccountSettings = Omit<MerchantAccount, 'id' | 'bankCode' | 'active'>

/** What a connector can and cannot do. Shared code asks this, never the bank's name. */
export type Capabilities = {
  readonly createsQr: boolean
  readonly deeplink: boolean
  /**
   * `payment`: every code of a payment goes by the payment number. `code`: each code has a reference of its own
   * (`150001-k3f9q2`), which is never sent twice and never given to another code.
   */
  readonly reference: 'payment' | 'code'
  /** Whether a reference may be sent to the bank again for a new QR (a premium's payment may; most banks refuse). */
  readonly repeatsReference: boolean
  readonly verify: 'by_reference' | 'by_md5' | 'never'
  /** Status calls are counted per day and run out: they are planned (`domain/call-plan.ts`), never asked on a fixed beat. */
  readonly callsAreCounted: boolean
  /**
   * Payment network whose transaction ids are unique over all of our accounts and banks on it: one transfer is never two
   * receipts. Undefined: an id is unique within its merchant account only.
   */
  readonly network: string | undefined
  /** Whether verify also knows payments made at the counter (AMK's does not). */
  readonly verifiesBillPayments: boolean
  /** Whether verify lists every movement of one QR. */
  readonly listsAllMovements: boolean
  readonly cancel: 'real' | 'advisory' | 'never'
  readonly refund: 'full' | 'partial' | 'never'
  /** Days after a payment in which the bank still refunds it; undefined where it names no end. */
  readonly refundWindowDays: number | undefined
  /** Whether the bank promises that the same `refundId` refunds once, however often it is sent. */
  readonly refundIsIdempotent: boolean
  /** Whether it can be asked what it has refunded of a movement. */
  readonly readsRefunds: boolean
  readonly webhook: 'signed' | 'unsigned' | 'never'
  /** Whether the QR carries our reference in a readable field, so that it can be compared. */
  readonly writesReference: boolean
  readonly currencies: readonly Currency[]
  /** Offset of times the bank sends without one, e.g. "+07:00". */
  readonly timeZoneOffset: string
  readonly late: 'kept' | 'reversed' | 'unknown'
}

export type QrOrder = {
  /** Our reference of this code at the bank: see `Capabilities.reference`. */
  readonly reference: string
  readonly amount: Money
  readonly payer: string
  readonly account: MerchantAccount
  readonly expiresAt: Date
  /** Of an order; undefined for other payables. */
  readonly purchase?: Purchase | undefined
}

/** One code that we showed for a payment, as a bank is asked about it. Only these settle (clause 10). */
export type ShownCode = {
  /** Our reference of this code at the bank: see `Capabilities.reference`. */
  readonly reference: string
  /** Empty where the bank's own page was offered, and no code of ours. */
  readonly qrString: string
  /** MD5 of `qrString`, 32 hex digits. */
  readonly md5: string
  readonly amount: Money
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** What a bank is asked about: our reference, the account it pays, and every code that was shown there, newest first. */
export type VerifyKeys = {
  /** The payment number as text. */
  readonly reference: string
  readonly account: MerchantAccount
  readonly codes: readonly ShownCode[]
  /** References that may have reached the bank and whose codes nobody was shown. Of banks with a reference per code only. */
  readonly unshown: readonly string[]
}

/** A QR as the bank gave it, read back: `qrString` is what the picture says where the bank sent a picture only. */
export type QrAnswer = {
  readonly qrString: string
  readonly deeplink: string | undefined
  readonly bankReference: string | undefined
  readonly exchanges: readonly Exchange[]
}

/** One movement of money on our account, as the bank's own API lists it. */
export type Movement = {
  /** Where each code has a reference of its own: that one, or it with `/` and more behind it (its code was paid again). */
  readonly bankTransactionId: string
  /** `reference`: the bank said "paid" without listing movements; keyed by our reference, never becomes two. */
  readonly keyedBy: 'bank' | 'reference'
  /** Undefined only where the bank's bare answer leaves it out. */
  readonly amount: Money | undefined
  readonly payeeAccount: string | undefined
  readonly payer: string | undefined
  readonly paidAt: Date | undefined
  /** The bank still lists it, and says that it took the money back: never money that settles anything. */
  readonly reversed: boolean
  /** All of it was sent back: it settles nothing that it had not settled before. */
  readonly isReturned?: boolean
}

export type Verification = {
  /** `paid`: at least one movement is not reversed. Where all of them are, the state is `unpaid` and lists them. */
  readonly state: 'paid' | 'unpaid' | 'not_found' | 'unknown'
  readonly movements: readonly Movement[]
  readonly exchanges: readonly Exchange[]
  /** For `unknown`: what could not be read, in one sentence. */
  readonly doubt?: string | undefined
}

/** Money to be sent back: all or a part of one movement. */
export type RefundOrder = {
  /** Ours (`rfd_…`), the same for every try. */
  readonly refundId: string
  /** The movement, by the bank's own id. */
  readonly bankTransactionId: string
  /** Our reference of its payment: the payment number as text. */
  readonly reference: string
  readonly amount: Money
  readonly account: MerchantAccount
  readonly paidAt: Date
}

export type RefundState = 'refunded' | 'pending' | 'refused'

/** `refunded`: the money is on its way back; `pending`: accepted, not done yet; `refused`: certainly not done, for good. */
export type RefundAnswer = {
  readonly state: RefundState
  readonly bankRefundId: string | undefined
  /** What the bank said, for whoever reads the refund's history. */
  readonly sentence: string
  readonly exchanges: readonly Exchange[]
}

/** One refund as the bank's own list has it; `refundId` is undefined where somebody refunded by other means. */
export type ListedRefund = {
  readonly refundId: string | undefined
  readonly bankRefundId: string | undefined
  readonly amount: Money
  readonly state: RefundState
}

/** What the bank says it has refunded of one movement. */
export type RefundTotals = {
  readonly state: 'known' | 'unknown'
  /** Of this movement in all; undefined when unknown. */
  readonly refunded: Money | undefined
  readonly refunds: readonly ListedRefund[]
  readonly exchanges: readonly Exchange[]
  /** For `unknown`: what could not be read, in one sentence. */
  readonly doubt?: string | undefined
}

/** Which movement's refunds are asked for. */
export type RefundKeys = Pick<RefundOrder, 'bankTransactionId' | 'reference' | 'account' | 'paidAt'>

/** A message from a bank before anybody judged it. */
export type RawMessage = {
  readonly contentType: string | undefined
  readonly body: Buffer
}

/** A movement as a bank's list of a time has it. `reference`: which code it names, in the bank's words. */
export type ListedMovement = Movement & { readonly reference: string }

/** What a KHQR notice claims. Only `reference` and the means to verify matter; the rest is compared. */
export type NoticeClaims = {
  readonly reference: string
  readonly success: boolean
  readonly status: string
  readonly merchantNumber: string
  readonly amount: Money
  readonly paidAt: Date
  /** The same text for the same delivery: bank, merchant, invoice, paid time, amount, currency. */
  readonly fingerprint: string
}

/** What a bank's bill confirmation claims. */
export type ConfirmationClaims = {
  readonly paymentNumber: bigint
  readonly policyNumber: string
  readonly amount: Money
  readonly bankTransactionId: string
  readonly payer: string
  readonly paidAt: Date
  readonly fingerprint: string
}

/** Field → what is wrong with it, which value, what is wanted. */
export type FieldProblems = Readonly<Record<string, string>>

export type Reading<Claims> =
  | { readonly ok: true; readonly claims: Claims }
  | {
      readonly ok: false
      readonly problems: FieldProblems
      /** What could still be read: enough to find the payment although a field was bad. */
      readonly reference?: string | undefined
      readonly fingerprint?: string | undefined
    }

/** The app that a deeplink comes back to. */
export type DeeplinkSource = {
  readonly appIconUrl: string
  readonly appName: string
  readonly appDeepLinkCallback: string
}

export type TokenHealth = {
  readonly state: 'good' | 'ends_soon' | 'ended' | 'missing' | 'refused'
  /** As the token itself says; undefined where it does not. */
  readonly endsAt: Date | undefined
  readonly fingerprint: TokenFingerprint | undefined
  /** Whether this look replaced it. */
  readonly renewed: boolean
  readonly sentence: string
}

/** A connector bound to one bank's settings. It translates and calls; it never touches the database. */
export type Bank = {
  readonly code: string
  describe(): Capabilities
  createQr(order: QrOrder, call: CallContext): Promise<QrAnswer>
  /** Throws `Trouble`; an unreadable answer is state `unknown`. */
  verify(keys: VerifyKeys, call: CallContext): Promise<Verification>
  /**
   * There where `describe().callsAreCounted`. Asks about several payments with as few calls as the bank allows; answers in
   * the order of `keys`. What could not be asked any more is a `Trouble` in its place.
   */
  verifyMany?(keys: readonly VerifyKeys[], call: CallContext): Promise<(Verification | Trouble)[]>
  /** There where `verifyMany` is. How many codes one status call may ask about now: 1 once the bank refused lists. */
  codesPerCall?(): number
  /** There where `describe().callsAreCounted`. */
  allowance?(): Promise<Allowance>
  /** A short link that opens banking apps with this code; undefined where the bank gives none. Throws `Trouble`. */
  makeDeeplink?(qrString: string, call: CallContext, source?: DeeplinkSource): Promise<string | undefined>
  /** Looks after the access token: renews it before it ends. Answers when it ends, for metrics and warnings. */
  keepToken?(call: CallContext): Promise<TokenHealth>
  /**
   * There where `describe().refund` is not `never`. Sent once and never repeated by itself. Throws `Trouble`; with outcome
   * `unknown` the money may be gone: read the totals before anything else.
   */
  refund?(order: RefundOrder, call: CallContext): Promise<RefundAnswer>
  /** There where `describe().readsRefunds`. Throws `Trouble`; an unreadable answer is state `unknown`. */
  readRefunds?(keys: RefundKeys, call: CallContext): Promise<RefundTotals>
  /** Whether it tells refunds of this movement from those of others, and so may be asked for one; undefined: of each. */
  refundsAlone?(bankTransactionId: string): boolean
  /** Ways to pay orders that it has; undefined: none. */
  readonly methods?: readonly PaymentMethod[]
  /** There where a method shows a page: what the customer's browser posts. No call; signed for the moment. */
  hostedPage?(order: QrOrder): HostedPage
  /** There where `describe().cancel` is not `never`. Asks that a code be not paid any more. Throws `Trouble`. */
  cancel?(
    code: { readonly reference: string; readonly account: MerchantAccount },
    call: CallContext,
  ): Promise<CancelAnswer>
  /** Everything the bank lists on an account in a time, all of its pages. Throws `Trouble`, also for what it cannot read. */
  listMovements?(
    account: MerchantAccount,
    window: { readonly from: Date; readonly to: Date },
    call: CallContext,
  ): Promise<{ readonly movements: readonly ListedMovement[]; readonly exchanges: readonly Exchange[] }>
  readonly operations?: readonly Operation[]
  /** There where it tells us by callbacks, which only make us look. */
  readonly callbacks?: Callbacks
  readWebhook(message: RawMessage, now: Date): Reading<NoticeClaims>
  readConfirmation(message: RawMessage, now: Date): Reading<ConfirmationClaims>
  /** Logs in with the configured credentials: for the doctor. */
  checkCredentials(call: CallContext): Promise<void>
  probe(call: CallContext): Promise<Probe>
}
