/** What the page shows; more words may come. */
export type CheckoutState =
  | 'loading'
  | 'ready'
  | 'bank_page'
  | 'waiting'
  | 'disabled'
  | 'part'
  | 'held'
  | 'paid'
  | 'late'
  | 'paid_twice'
  | 'failed'
  | 'cancelled'
  | 'expired'

/** What is known of the payment: a hint for the screen, never proof of money. */
export type CheckoutNews = {
  readonly status: string
  readonly state: CheckoutState
  /** "25.00", in units of the currency. */
  readonly amount: string
  readonly currency: 'USD' | 'KHR'
  /** Of the code that was shown last. */
  readonly expires_at: string | null
  /** Null until it is paid. */
  readonly receipt_url: string | null
}

/** What is wrong, with which value, and what to do. */
export type CheckoutProblem = { readonly what: string; readonly value: string; readonly todo: string }

export type CheckoutEvents = {
  ready: CustomEvent<CheckoutNews>
  statechange: CustomEvent<CheckoutNews>
  paid: CustomEvent<CheckoutNews>
  expired: CustomEvent<CheckoutNews>
  failed: CustomEvent<CheckoutNews>
  cancelled: CustomEvent<CheckoutNews>
  held: CustomEvent<CheckoutNews>
  error: CustomEvent<CheckoutProblem>
}

export class KhqrCheckoutElement extends HTMLElement {
  payment: string | null
  clientToken: string | null
  hub: string | null
  digits: string | null
  variant: string | null
  readonly state: CheckoutState | undefined
  readonly status: string | undefined
  addEventListener<Name extends keyof CheckoutEvents>(
    name: Name,
    listener: (this: KhqrCheckoutElement, event: CheckoutEvents[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    name: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
}

declare global {
  interface HTMLElementTagNameMap {
    'khqr-checkout': KhqrCheckoutElement
  }
}
