import type { CurrencyCode } from './amounts.ts'

/** How ABA PayWay is played. Data only. */
export type PaywaySimulatorSettings = {
  readonly kind: 'payway'
  /** Where its paths hang, e.g. "/payway": PayWay's own, "/api/…", follow. */
  readonly basePath: string
  /** Whether they hang at the root of the host, too: public clients know no base path. */
  readonly alsoAtRoot: boolean
  /** Whether the hub offers this bank. It is played all the same. */
  readonly active: boolean
  readonly merchantId: string
  /** The first is the profile's own: what a purchase that names none is in. */
  readonly currencies: readonly CurrencyCode[]
  /** Tag 30 of its codes, sub-tags 00 and 01. */
  readonly payeeAccount: string
  readonly payeeMerchantId: string
  readonly merchantName: string
  readonly city: string
  /** What requests and callbacks are signed with. */
  readonly apiKey: string
  /** What takes its place under the fault `key-expired`; until then it signs nothing. */
  readonly nextApiKey?: string | undefined
  /** PEM, 1024 bits: opens `merchant_auth`. */
  readonly rsaPrivateKey: string
  /** A new transaction is hidden from check and detail for a random time up to this, at most 2000. Default 1500. */
  readonly mostLagMs?: number | undefined
  /** A callback comes after a random time up to twice this. Default 200. */
  readonly callbackAfterMs?: number | undefined
  /** How long a refund takes; another for the same transaction is refused meanwhile. Default 200. */
  readonly refundTakesMs?: number | undefined
}
