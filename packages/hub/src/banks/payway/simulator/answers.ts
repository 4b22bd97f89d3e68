import { randomBytes, randomInt } from 'node:crypto'
import type { Answer } from './ports.ts'

/**
 * The forms of PayWay's refusals, as its sandbox was seen to write them: `number` writes codes as JSON numbers, `text` as
 * texts, `portal` has codes of its own (PTL…), `flat` is that of the old check.
 */
export type Style = 'number' | 'text' | 'portal' | 'flat'

/** Its words for the codes that are used here. */
const words: Readonly<Record<string, string>> = {
  '1': 'Wrong Hash.',
  '2': 'Invalid transaction ID.',
  '3': 'Invalid transaction amount.',
  '4': 'Duplicated Transaction ID.',
  '04': 'The given data was invalid.',
  '5': 'Transaction not found.',
  '6': 'tran_id not found',
  '8': 'Invalid merchant profile.',
  '11': 'Something went wrong. Please try again later.',
  '12': 'Payment currency is not allowed.',
  '13': 'Invalid items.',
  '16': 'Invalid First Name. It must not contain numbers or special characters or not more than 100 characters.',
  '17': 'Invalid Last Name. It must not contain numbers or special characters or not more than 100 characters.',
  '18': 'Invalid Phone Number.',
  '19': 'Invalid Email.',
  '21': 'End of API lifetime.',
  '23': 'Selected Payment Option is not enabled for this Merchant Profile.',
  '26': 'Invalid merchant profile.',
  '45': 'Purchase with zero amount is not allowed.',
  '46': 'Purchase amount for KHR currency could not contain decimal place.',
  '47': 'KHR Amount must be greater than 100 KHR.',
  '48': 'Something went wrong with requested parameters. Please try again or contact the merchant for help.',
  '49': 'Invalid Start Date.',
  '50': 'Invalid End Date.',
  '51': 'Invalid Date Range.',
  '52': 'Maximum date rang is allowed only 3 days',
  '53': 'Invalid Amount Range.',
  '69': 'Transaction lifetime cannot be less than 3 minutes.',
  '79': 'Payment token missing in Google Pay.',
  '81': 'The return URL is not in the whitelist.',
  '96': 'Invalid merchant data',
  '102': 'The URL is not in the whitelist.',
  '403': 'Duplicated Transaction ID',
  '429': 'Rate limit exceeded for this request. Please try again later',
  PTL02: 'Wrong Hash.',
  PTL04: 'Parameter validation required.',
  PTL05: 'Parameter invalid format.',
  PTL06: 'The request_time value is missing or incorrectly formatted.',
  PTL36: 'Transaction not found or is invalid.',
  PTL37: 'Refund amount cannot exceed the original purchase amount.',
  PTL57: 'Unable to refund.',
  PTL58: 'Fail to refund.',
  PTL59: 'Unable to complete pre-authorization: transaction status is invalid.',
  PTL62: 'Merchant information is invalid.',
  PTL168: 'Concurrent requests are not allowed for this operation. Please try again in a few seconds.',
  PTL169: 'The merchant profile cannot accept payment because its settlement account is closed.',
  PTL170: 'Unable to cancel pre-authorization: transaction status is invalid.',
  PTL171: 'The API key has expired.',
  PTL181: 'The available balance is not enough to refund the customer.',
  PTL186: 'Invalid amount format.',
  PTL187: 'Amount is below the minimum allowed.',
  PTL188: 'The payment link is already voided.',
}

export function wordsOf(code: string): string {
  return words[code] ?? 'Something went wrong.'
}

export function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) }
}

/** A refusal in the form of its operation. `message` replaces PayWay's usual words for the code. */
export function refused(
  style: Style,
  code: string,
  { status = 403, message = wordsOf(code) }: { status?: number; message?: string } = {},
): Answer {
  switch (style) {
    case 'number':
      return json(status, { status: { code: Number(code), message, tran_id: logId() } })
    case 'flat':
      return json(status, { status: Number(code), description: message })
    case 'portal':
      return json(status, { status: { code, message, lang: 'en', trace_id: traceId() } })
    case 'text':
      return json(status, { status: { code, message, lang: 'en', trace_id: traceId(), tran_id: logId() } })
  }
}

/** What the layer before all others says of a field that is missing or of the wrong form. */
export function invalid(style: Style, field: string, message: string): Answer {
  if (style === 'portal') return refused('portal', field === 'request_time' ? 'PTL06' : 'PTL04', { status: 400 })
  const errors = { [field]: [message] }
  return json(400, { status: { code: '04', message: wordsOf('04'), lang: 'en', trace_id: traceId(), errors } })
}

/** PayWay's name of a request in its own log; digits that are none of ours. */
export function logId(): string {
  return `${Date.now()}${String(randomInt(100)).padStart(2, '0')}`
}

export function traceId(): string {
  return randomBytes(16).toString('hex')
}
