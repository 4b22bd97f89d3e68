/** How the Bakong open API is played. Data only. */
export type BakongSimulatorSettings = {
  readonly kind: 'bakong'
  /** Where its routes hang, e.g. "/bakong": the open API's own paths, "/v1/…", follow. */
  readonly basePath: string
  /** Whether they hang at the root of the host, too: public clients know no base path. */
  readonly alsoAtRoot: boolean
  /** Whether the hub offers this bank. It is played all the same. */
  readonly active: boolean
  /** Our accounts, e.g. "sample_shop@smpl", and the currencies they are used in. */
  readonly accounts: readonly { readonly accountId: string; readonly currency: 'USD' | 'KHR' }[]
  /** Accounts of others that the account check finds, too. */
  readonly otherAccounts: readonly string[]
  /** The registered e-mail address: whoever knows it is given a token. */
  readonly email: string
  /** The key of the tokens' HS256. */
  readonly tokenSecret: string
  /** Status calls per token and day; by many clients' experience 100. */
  readonly callsPerDay: number
}
