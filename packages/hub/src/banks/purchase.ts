import type { OrderItem } from '../domain/order.ts'

/** What a bank may be told of the order that is paid. */
export type Purchase = {
  /** One of `Bank.methods`. */
  readonly method: string
  readonly customer: {
    readonly firstName: string | undefined
    readonly lastName: string | undefined
    readonly email: string | undefined
    readonly phone: string | undefined
  }
  readonly items: readonly OrderItem[]
  /** Where the bank's own page leads back to: our page of this payment; undefined where it has none. */
  readonly backTo: string | undefined
}

/** A way to pay an order. `code`: we show a KHQR; `page`: the bank's own page takes over (cards, other wallets). */
export type PaymentMethod = {
  readonly code: string
  readonly shows: 'code' | 'page'
  /** Whether it is offered unless the settings say otherwise. */
  readonly usual: boolean
}

/** The bank's own page: a form that the customer's browser posts. Made afresh whenever it is shown. */
export type HostedPage = { readonly action: string; readonly fields: Readonly<Record<string, string>> }
