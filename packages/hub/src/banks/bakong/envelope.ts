import { decimalText } from '../../kit/json.ts'
import { Doubt, parseAnswer, shown } from '../answer.ts'

/** What every answer is wrapped in: `{responseCode, responseMessage, errorCode, data}`. */
export type Envelope = {
  readonly isSuccess: boolean
  /** Undefined for a success, and for a refusal that names none. */
  readonly errorCode: number | undefined
  /** At most 200 characters. */
  readonly message: string
  readonly data: unknown
}

/** Bakong's error codes. 13 to 16 were never seen; a code that is not here is a question, never "unpaid". */
export const errorCodes = {
  notFound: 1,
  staticCode: 2,
  failed: 3,
  deeplinkProvider: 4,
  missingFields: 5,
  unauthorized: 6,
  mailServer: 7,
  emailTaken: 8,
  cannotConnect: 9,
  emailUnknown: 10,
  accountUnknown: 11,
  accountInvalid: 12,
  dayUsedUp: 17,
} as const

const meanings: Readonly<Record<number, string>> = {
  [errorCodes.notFound]: 'the transaction is not found',
  [errorCodes.staticCode]: 'static codes are not supported',
  [errorCodes.failed]: 'the transaction failed',
  [errorCodes.deeplinkProvider]: 'the provider of links has an error',
  [errorCodes.missingFields]: 'fields are missing',
  [errorCodes.unauthorized]: 'the token is refused',
  [errorCodes.mailServer]: 'its mail server is down',
  [errorCodes.emailTaken]: 'the e-mail address is registered already',
  [errorCodes.cannotConnect]: 'it cannot connect to its own server',
  [errorCodes.emailUnknown]: 'the e-mail address is not registered',
  [errorCodes.accountUnknown]: 'the account does not exist',
  [errorCodes.accountInvalid]: 'the account id is not one',
  [errorCodes.dayUsedUp]: "the day's status calls are used up",
}

/** "errorCode 9: it cannot connect to its own server". */
export function sayCode({ errorCode, message }: Envelope): string {
  if (errorCode === undefined) return `a refusal without an error code ("${shown(message)}")`
  return `errorCode ${errorCode}: ${meanings[errorCode] ?? `not known ("${shown(message)}")`}`
}

/** Throws `Doubt` for anything but an envelope that says one thing. */
export function readEnvelope(body: string): Envelope {
  const answer = parseAnswer(body)
  const responseCode = decimalText(answer['responseCode'])
  if (responseCode !== '0' && responseCode !== '1') {
    throw new Doubt(`the answer's responseCode is ${shown(answer['responseCode'])}, neither 0 nor 1`)
  }
  const isSuccess = responseCode === '0'
  const errorCode = readErrorCode(answer['errorCode'])
  if (isSuccess && errorCode !== undefined && errorCode !== 0) {
    throw new Doubt(`the answer says success and errorCode ${errorCode} in one`)
  }
  const said = answer['responseMessage']
  const message = typeof said === 'string' ? said.slice(0, 200) : ''
  return { isSuccess, errorCode: isSuccess ? undefined : errorCode, message, data: answer['data'] }
}

function readErrorCode(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  const text = decimalText(value)
  if (text !== undefined && /^\d{1,4}$/.test(text)) return Number(text)
  throw new Doubt(`the answer's errorCode is ${shown(value)}, which is no code`)
}

/** The day's allowance in the bank's own words: "Daily request limit of 100 exceeded. Please try again tomorrow." */
export function readDailyLimit(message: string): number | undefined {
  const [, digits] = /\blimit(?: of| is)?:? (\d{1,7})\b/i.exec(message) ?? []
  return digits === undefined || Number(digits) === 0 ? undefined : Number(digits)
}
