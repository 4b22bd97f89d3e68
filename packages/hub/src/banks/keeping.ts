/** What is left of the status calls that a bank counts per token and day. */
export type Allowance = {
  /** The setting, or less where the bank has said so. */
  readonly perDay: number
  /** Of those, kept for people's clicks and last looks. */
  readonly reserve: number
  readonly spent: number
  /** `perDay - spent`; 0 while the bank refuses. */
  readonly left: number
  /** The next midnight of the bank's day. */
  readonly resetsAt: Date
  /** The bank said that the day's calls are used up: none is sent before `resetsAt`. */
  readonly latched: boolean
}

/** Counts status calls for all processes together. The roof hands it to connectors; the store keeps it. */
export type CallBudget = {
  /** Takes one call before it is sent, refused and timed-out ones included. `planned` calls leave the reserve alone. */
  take(
    token: TokenFingerprint,
    kind: 'planned' | 'reserved',
  ): Promise<{ readonly granted: true } | { readonly granted: false; readonly until: Date }>
  /** The bank refused for today. `perDay`: its allowance as its own words say it, where they do. */
  latch(token: TokenFingerprint, perDay: number | undefined): Promise<void>
  read(token: TokenFingerprint): Promise<Allowance>
}

/** First 16 hex digits of the token's SHA-256: names a token in logs and tables without being one. */
export type TokenFingerprint = string

/** Keeps a bank's long-lived access token, encrypted. The roof hands it to connectors; the store keeps it. */
export type TokenKeeper = {
  /** The token that was stored last, else the configured one; undefined where there is none. */
  read(): Promise<string | undefined>
  /** Replaces the token; the one before is kept until this one is replaced. */
  store(token: string, how: 'renewed' | 'entered', by: string): Promise<void>
}

/** Calls that a bank limits per operation and minute, counted for all processes together. */
export type CallRates = {
  /** Takes one call of this minute (UTC) before it is sent. False: `perMinute` are taken. `account`: whose limit it is. */
  take(account: string, operation: string, perMinute: number): Promise<boolean>
}

/** What the roof keeps for one bank's connector. */
export type BankKeeping = { readonly budget: CallBudget; readonly tokens: TokenKeeper; readonly rates: CallRates }
