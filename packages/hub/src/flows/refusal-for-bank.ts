import { Refusal } from '../domain/errors.ts'
import type { Trouble } from '../kit/trouble.ts'

/** What a caller who waits for a bank is told about trouble with it. */
export function refusalForBank(bankCode: string, trouble: Trouble): Refusal {
  const more = { cause: trouble, retryAfterS: trouble.retryAfterS }
  switch (trouble.kind) {
    case 'auth_refused':
      return new Refusal('FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER', `${bankCode} refused our login`, {
        cause: trouble,
      })
    case 'unreadable':
      return new Refusal('PARTNER_RESPONSE_INVALID', `${bankCode} gave an answer that makes no sense`, {
        cause: trouble,
        details: trouble.message,
      })
    case 'error_answer':
      // A 5xx is the bank being away; any other error is one we have no mapping for.
      if (trouble.httpStatus === undefined || trouble.httpStatus >= 500 || trouble.httpStatus === 429) {
        return new Refusal('SERVER_UNAVAILABLE', `${bankCode} cannot serve this now`, more)
      }
      return new Refusal('BANK_UNKNOWN_ERROR', `${bankCode} answered an error without a mapping`, {
        bankCode,
        cause: trouble,
        details: trouble.message,
      })
    default:
      return new Refusal('SERVER_UNAVAILABLE', `${bankCode} cannot be asked now`, more)
  }
}
