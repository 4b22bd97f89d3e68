import type { RawMessage } from './bank.ts'

/** A message to a route that anybody can reach: a signature says whose it is. */
export type RawCallback = RawMessage & {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly receivedAt: Date
}

/** What a callback says. It only ever makes us look: no status, amount or currency of it is believed. */
export type CallbackReading = {
  /** `absent`: it carries no signature at all. */
  readonly authenticity: 'valid' | 'invalid' | 'absent'
  /** Validly signed and older than the settings take: `invalid` callers are told the same. */
  readonly isReplayed: boolean
  /** Which code it is about, by our reference; undefined where none can be read. At most 64 characters. */
  readonly reference: string | undefined
  /** The same text for the same delivery; undefined where it cannot be read. */
  readonly fingerprint: string | undefined
  /** For the log: what is wrong with it, without the signature that would be right. */
  readonly sentence: string
}

/** What the sender of a callback is told. `repeated`: it was kept before. */
export type CallbackVerdict = 'taken' | 'repeated' | 'refused'

/** A bank that tells us by messages of its own, on a path of its own. */
export type Callbacks = {
  /** Without the account: "/api/…/webhook". */
  readonly path: string
  /**
   * Whose account the last part of the path names, compared in constant time; undefined: nobody's. `part` is undefined
   * where the path ends before it: then the only account there is, if there is one.
   */
  accountOf(part: string | undefined): string | undefined
  /** Never throws for what was sent. `accountNumber`: as `accountOf` said. */
  read(message: RawCallback, accountNumber: string): CallbackReading
  /** The answer in the bank's own words. */
  answer(verdict: CallbackVerdict): { readonly status: number; readonly body: string }
}
