import type { CallContext } from '../kit/call.ts'

/** Ways to reach whoever paid. */
export const channels = ['email', 'telegram', 'webhook'] as const
export type Channel = (typeof channels)[number]

/** Whoever paid, as the payable's owner knows him. Read when it is sent, kept nowhere else. */
export type Recipient = {
  readonly name: string
  readonly email: string | undefined
  readonly phone: string | undefined
}

/** What a customer is told: his payment arrived, and here is the receipt. Amounts as decimal text, times RFC 3339 UTC. */
export type CustomerMessage = {
  /** `msg_…`: the same for every sending of the same message. */
  readonly id: string
  readonly receiptNumber: string
  readonly receiptUrl: string
  readonly paymentNumber: number
  readonly payable: { readonly kind: string; readonly number: string }
  readonly amount: string
  readonly currency: string
  readonly paidAt: string
  readonly subject: { readonly en: string; readonly km: string }
  readonly text: { readonly en: string; readonly km: string }
}

/** One channel, by its settings. It translates and sends; it never touches the database. */
export type Messenger = {
  readonly channel: Channel
  /** Whom it would reach, masked for rows and logs; undefined: this payer cannot be reached so. */
  recipientOf(payer: Recipient): string | undefined
  /** At least once: after an unknown outcome it is sent again under the same id. Throws `Trouble`. */
  send(message: CustomerMessage, to: Recipient, context: CallContext): Promise<void>
}
