/**
 * Every error code a caller can see, with its HTTP status, what it means and what to do.
 * `docs/errors.md` is held to this table by a test.
 */
export const errorCatalogue = {
  VALIDATION_ERROR: {
    status: 400,
    meaning: 'A parameter on the KHQR surface is missing or malformed.',
    remedy: 'Correct the fields named in `details` and send the request again.',
  },
  BAD_REQUEST: {
    status: 400,
    meaning: 'A parameter or the body on the gateway surface is missing or malformed.',
    remedy: 'Correct the fields named in `details` and send the request again.',
  },
  MERCHANT_NOT_BIND: {
    status: 400,
    meaning: 'No active merchant account of ours at that bank in that currency, or a notice named another merchant.',
    remedy: 'Choose another bank, or have the operator add a merchant account in that currency.',
  },
  PAYMENT_VERIFICATION_DATA_MISMATCHED: {
    status: 400,
    meaning: 'What the bank says differs from what was asked: amount, currency, policy or merchant.',
    remedy: 'Do not repeat the message: it is kept, and an operator looks at it.',
  },
  UNAUTHORIZED: {
    status: 401,
    meaning: 'The bearer token is missing, malformed, forged or expired.',
    remedy: 'Get a new token at POST /auth/token, or with `khqr-hub token`.',
  },
  FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER: {
    status: 401,
    meaning: 'The bank refused our login (on GET /khqr; bank routes answer 503).',
    remedy: "Nothing the caller can mend: the operator checks the bank's username and password.",
  },
  FORBIDDEN: {
    status: 403,
    meaning: 'The token is good but lacks the scope this route needs.',
    remedy: 'Ask for a token with the scope named in `details`.',
  },
  OPERATOR_REQUIRED: {
    status: 403,
    meaning: 'The token has the scope, and speaks for nobody who is registered as an operator.',
    remedy: 'Use a token of an operator: `khqr-hub token --operator NAME`; the names are in `khqr-hub operator list`.',
  },
  BANK_NOT_FOUND: {
    status: 404,
    meaning: 'The bank is unknown or not active.',
    remedy: 'Use the code of an active bank.',
  },
  RESOURCE_NOT_FOUND: {
    status: 404,
    meaning: 'No such policy, application, payment or route, or nothing is due on it.',
    remedy: 'Check the number.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path is there, but not for this method.',
    remedy: 'Use a method that the header `Allow` names.',
  },
  CONFLICT: {
    status: 409,
    meaning: "The same request is still running, or the resource's state does not allow it.",
    remedy: 'Read the resource again before deciding.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: 'The body is larger than 64 KB.', remedy: 'Send a smaller body.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body is not JSON where JSON is meant.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  UNPROCESSABLE: {
    status: 422,
    meaning: 'A value is well written and not acceptable: below a minimum, above a maximum, or no method of ours.',
    remedy: 'Correct the fields named in `errors` and send the request again.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    meaning: 'The Idempotency-Key was used before, for another path or another body.',
    remedy: 'Repeat the first request unchanged to get its answer, or send a new key for a new request.',
  },
  RATE_LIMIT_EXCEEDED: {
    status: 429,
    meaning: 'Too many requests from this client in a minute.',
    remedy: 'Wait the seconds given in `Retry-After`.',
  },
  INTERNAL_ERROR: {
    status: 500,
    meaning: 'A fault of ours. Nothing was lost: what a bank told us is kept before it is judged.',
    remedy: 'Retry later, and give the operator the correlationId.',
  },
  PARTNER_RESPONSE_INVALID: {
    status: 502,
    meaning: "The bank's answer makes no sense: no QR, a QR for another amount or payee, a page of HTML.",
    remedy: 'Retry later; the operator finds the raw answer at the payment.',
  },
  TRANSACTION_VERIFY_FAILED: {
    status: 502,
    meaning: 'The bank answered the verify call with an error.',
    remedy: 'Retry later; the message is kept and the bank is asked again.',
  },
  BANK_UNKNOWN_ERROR: {
    status: 502,
    meaning: 'The bank answered an error that has no mapping. Written with its code: AMK_UNKNOWN_ERROR.',
    remedy: 'Retry later; the operator finds the raw answer at the payment.',
  },
  SERVER_UNAVAILABLE: {
    status: 503,
    meaning: 'A bank or policy system is unreachable, slower than 5 s, or its circuit is open.',
    remedy: 'Retry after the seconds given in `retryAfter`.',
  },
} as const

export type ErrorCode = keyof typeof errorCatalogue

export type ErrorDetails = string | Readonly<Record<string, string>>

/**
 * An answer that says no: thrown by flows and entrances, turned into the envelope at the entrance.
 * Not for trouble with a bank (see `Trouble`), and not for our own mistakes (plain assertions).
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ErrorCode
  readonly details: ErrorDetails
  readonly retryAfterS: number | undefined
  /** Upper-case bank code for `{CODE}_UNKNOWN_ERROR`. */
  readonly bankCode: string | undefined
  constructor(
    code: ErrorCode,
    message: string,
    more: { details?: ErrorDetails; retryAfterS?: number; bankCode?: string; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.details = more.details ?? message
    this.retryAfterS = more.retryAfterS
    this.bankCode = more.bankCode
  }
  get status(): number {
    return errorCatalogue[this.code].status
  }
  /** The code as it goes on the wire. */
  get wireCode(): string {
    return this.code === 'BANK_UNKNOWN_ERROR' ? `${this.bankCode ?? 'BANK'}_UNKNOWN_ERROR` : this.code
  }
}
