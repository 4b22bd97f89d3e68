/** What went wrong with a system we called. `outcome: 'unknown'` = the other side may have acted. */
export type TroubleKind =
  /** No connection, DNS failure, connection cut. */
  | 'unreachable'
  /** No answer within the deadline. */
  | 'timeout'
  /** Our breaker is open: the call was not made. */
  | 'circuit_open'
  /** The other side has counted enough of our calls, or we have: none was made, or it was refused. */
  | 'quota'
  /** The other side refused our credentials. */
  | 'auth_refused'
  /** The other side answered with an error status or code. */
  | 'error_answer'
  /** The answer came but makes no sense (HTML, broken JSON, no QR, too large). */
  | 'unreadable'

/**
 * Trouble with another system: thrown low, caught at an entrance or the job runner. Never means "refused" or "failed"
 * for money: it means "not known yet".
 */
export class Trouble extends Error {
  override readonly name = 'Trouble'
  readonly kind: TroubleKind
  /** Who: a bank code or a policy system's name. */
  readonly target: string
  readonly operation: string
  readonly outcome: 'not_done' | 'unknown'
  /** HTTP status of the answer, where there was one. */
  readonly httpStatus: number | undefined
  readonly retryAfterS: number
  /** The other side said that it acted, now or before, without proof: a later "I did not" contradicts it. */
  readonly saidDone: boolean
  /** The redacted exchange, to be kept beside the payment. */
  readonly exchange: Exchange | undefined
  constructor(
    kind: TroubleKind,
    message: string,
    more: {
      target: string
      operation: string
      outcome: 'not_done' | 'unknown'
      httpStatus?: number | undefined
      retryAfterS?: number | undefined
      saidDone?: boolean
      exchange?: Exchange | undefined
      cause?: unknown
    },
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.kind = kind
    this.target = more.target
    this.operation = more.operation
    this.outcome = more.outcome
    this.httpStatus = more.httpStatus
    this.retryAfterS = more.retryAfterS ?? 5
    this.saidDone = more.saidDone ?? false
    this.exchange = more.exchange
  }
}

/** One call and its answer as kept beside a payment: redacted text, bounded length. */
export type Exchange = {
  readonly target: string
  readonly operation: string
  readonly method: string
  readonly url: string
  readonly requestBody: string
  readonly httpStatus: number | undefined
  /** Redacted; pictures are kept as "<image/png, 1234 bytes, sha256 …>". At most 16 KiB. */
  readonly answerBody: string
  readonly startedAt: Date
  readonly durationMs: number
  /** The error in one line where no answer came. */
  readonly error: string | undefined
}
