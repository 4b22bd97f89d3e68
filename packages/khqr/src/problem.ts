/**
 * Everything that can be wrong with a KHQR, in one table: the number the official SDK gives (bakong-khqr 1.0.20; 8 is its
 * word for any unreadable code, 0 where it has none), the sentence (its own for 1 to 51), and what to do.
 */
export const problems = {
  ACCOUNT_MISSING: [1, 'Bakong Account ID cannot be null or empty', 'Give the payee as name@bank.'],
  MERCHANT_NAME_MISSING: [2, 'Merchant name cannot be null or empty', 'Give the name the payer will see.'],
  ACCOUNT_INVALID: [3, 'Bakong Account ID is invalid', 'Write it as name@bank, with one @.'],
  AMOUNT_INVALID: [4, 'Amount is invalid', 'Use a plain decimal above zero: USD up to 2 decimals, KHR whole riel.'],
  KIND_MISSING: [
    5,
    'Merchant type cannot be null or empty',
    'A KHQR names its payee in tag 29 (individual) or 30 (merchant).',
  ],
  ACCOUNT_LENGTH: [6, 'Bakong Account ID Length is Invalid', 'Use at most 32 characters.'],
  MERCHANT_NAME_LENGTH: [7, 'Merchant Name Length is invalid', 'Use at most 25 characters (UTF-16 units).'],
  KHQR_INVALID: [8, 'KHQR provided is invalid', 'Scan or copy the whole code again.'],
  CURRENCY_MISSING: [9, 'Currency type cannot be null or empty', 'Use USD (840) or KHR (116).'],
  BILL_NUMBER_LENGTH: [10, 'Bill Name Length is invalid', 'Use 1 to 25 characters.'],
  STORE_LABEL_LENGTH: [11, 'Store Label Length is invalid', 'Use 1 to 25 characters.'],
  TERMINAL_LABEL_LENGTH: [12, 'Terminal Label Length is invalid', 'Use 1 to 25 characters.'],
  OPEN_API_UNREACHABLE: [
    13,
    'Cannot reach Bakong Open API service. Please check internet connection',
    'Try again later; production answers only inside Cambodia.',
  ],
  DEEP_LINK_SOURCE_INVALID: [14, 'Source Info for Deep Link is invalid', 'Give all three source fields, or none.'],
  OPEN_API_ERROR: [15, 'Internal server error', 'Try again later.'],
  PAYLOAD_FORMAT_LENGTH: [16, 'Payload Format indicator Length is invalid', 'Tag 00 is "01".'],
  INITIATION_LENGTH: [17, 'Point of initiation Length is invalid', 'Tag 01 is "11" (static) or "12" (dynamic).'],
  CATEGORY_LENGTH: [18, 'Merchant code Length is invalid', 'Use exactly 4 digits.'],
  CURRENCY_LENGTH: [19, 'Transaction currency Length is invalid', 'Use 840 (USD) or 116 (KHR).'],
  COUNTRY_LENGTH: [20, 'Country code Length is invalid', 'Tag 58 is "KH".'],
  MERCHANT_CITY_LENGTH: [21, 'Merchant city Length is invalid', 'Use at most 15 characters (UTF-16 units).'],
  CRC_LENGTH: [22, 'CRC Length is invalid', 'Tag 63 holds 4 hexadecimal digits.'],
  PAYLOAD_FORMAT_MISSING: [23, 'Payload format indicator tag required', 'A KHQR begins with 000201.'],
  CRC_MISSING: [24, 'CRC tag required', 'A KHQR ends with 6304 and 4 hexadecimal digits.'],
  CATEGORY_MISSING: [25, 'Merchant category tag required', 'Tag 52 is needed, 5999 where nothing fits better.'],
  COUNTRY_MISSING: [26, 'Country Code cannot be null or empty', 'Tag 58 is "KH".'],
  MERCHANT_CITY_MISSING: [27, 'Merchant City cannot be null or empty', 'Tag 60 is needed.'],
  CURRENCY_UNSUPPORTED: [28, 'Unsupported currency', 'Use USD (840) or KHR (116).'],
  DEEP_LINK_URL_INVALID: [29, 'Deep Link URL is not valid', 'Its path is /v1/generate_deeplink_by_qr.'],
  MERCHANT_ID_MISSING: [30, 'Merchant ID cannot be null or empty', 'A merchant code (tag 30) names the merchant.'],
  ACQUIRING_BANK_MISSING: [31, 'Acquiring Bank cannot be null or empty', 'A merchant code (tag 30) names its bank.'],
  MERCHANT_ID_LENGTH: [32, 'Merchant ID Length is invalid', 'Use 1 to 32 characters.'],
  ACQUIRING_BANK_LENGTH: [33, 'Acquiring Bank Length is invalid', 'Use 1 to 32 characters.'],
  MOBILE_NUMBER_LENGTH: [34, 'Mobile Number Length is invalid', 'Use 1 to 25 characters, such as 85512345678.'],
  ACCOUNT_INFORMATION_LENGTH: [35, 'Account Information Length is invalid', 'Use 1 to 32 characters.'],
  TAG_ORDER: [36, 'Tag is not in order', 'Tag 63 is the last one.'],
  LANGUAGE_MISSING: [37, 'Language Preference cannot be null or empty', 'Give a language such as "km" with the name.'],
  LANGUAGE_LENGTH: [38, 'Language Preference Length is invalid', 'Use a 2-letter language such as "km".'],
  ALTERNATE_NAME_MISSING: [
    39,
    'Merchant Name Alternate Language cannot be null or empty',
    'Give the name in that language, or leave the language out.',
  ],
  ALTERNATE_NAME_LENGTH: [40, 'Merchant Name Alternate Language Length is invalid', 'Use 1 to 25 characters.'],
  ALTERNATE_CITY_LENGTH: [41, 'Merchant City Alternate Language Length is invalid', 'Use 1 to 15 characters.'],
  PURPOSE_LENGTH: [42, 'Purpose of Transaction Length is invalid', 'Use 1 to 25 characters.'],
  UNION_PAY_LENGTH: [43, 'Upi Account Information Length is invalid', 'Use 1 to 99 characters.'],
  UNION_PAY_WITH_USD: [44, 'Upi Account Information Length does not accept USD', 'UnionPay codes are in KHR.'],
  EXPIRY_MISSING: [45, 'Expiration timestamp is required for dynamic KHQR', 'A code with an amount needs an expiry.'],
  EXPIRED: [46, 'This dynamic KHQR has expired', 'Make a new code.'],
  DYNAMIC_WITHOUT_AMOUNT: [
    47,
    'This dynamic KHQR has invalid field transaction amount',
    'A code with tag 01 = "12" carries an amount (tag 54).',
  ],
  INITIATION_INVALID: [48, 'Point of Initiation Method is invalid', 'Tag 01 is "11" (static) or "12" (dynamic).'],
  EXPIRY_LENGTH: [49, 'Expiration timestamp length is invalid', 'Use milliseconds since 1970: 13 digits, not seconds.'],
  EXPIRY_IN_PAST: [50, 'Expiration timestamp is in the past', 'The expiry comes after the creation time.'],
  CATEGORY_INVALID: [51, 'Invalid merchant category code', 'Use exactly 4 digits.'],
  NOT_TEXT: [8, 'The KHQR is not a text', 'Give the text that the picture holds.'],
  TOO_LONG: [8, 'The text is longer than any KHQR', 'Give one KHQR.'],
  TAG_UNREADABLE: [8, 'A tag is not two digits', 'The code is damaged from here on: scan or copy it again.'],
  LENGTH_UNREADABLE: [8, 'A length is not two digits', 'The code is damaged from here on: scan or copy it again.'],
  LENGTH_TOO_LONG: [8, 'A length runs past the end', 'The code is cut off or counted wrongly: scan or copy it again.'],
  DUPLICATE_TAG: [8, 'A tag stands twice', 'Refuse the code: two readers may see two different payments.'],
  TWO_ACCOUNTS: [8, 'The code names two payees (tags 29 and 30)', 'Refuse the code: it is not clear who is paid.'],
  TRAILING_DATA: [8, 'Something follows the CRC', 'Cut the code after its CRC.'],
  CRC_MISMATCH: [8, 'The CRC does not fit the text', 'A character was changed or lost: scan or copy the code again.'],
  CRC_LOWER_CASE: [0, 'The CRC is in lower case', 'Nothing to do; note that its md5 differs from the upper-case one.'],
  TEMPLATE_UNREADABLE: [8, 'A template does not hold tags', 'Its text is kept as it is.'],
  TEMPLATE_LENGTH: [0, 'A template is longer than 99 characters', 'Shorten or leave out one of its fields.'],
  PAYLOAD_FORMAT_INVALID: [8, 'The payload format is not 01', 'It is not a KHQR of this standard.'],
  COUNTRY_INVALID: [8, 'The country is not KH', 'It is not a Cambodian code.'],
  TIME_INVALID: [0, 'A time is not 13 digits of milliseconds', 'Use milliseconds since 1970, or a Date.'],
  EXPIRY_ON_STATIC: [0, 'A static code carries no expiry', 'Give an amount too, or leave the expiry out.'],
  AMOUNT_TWICE: [0, 'Two amounts are given', 'Give amount or amountMinor, not both.'],
  FIELD_NOT_TEXT: [0, 'A field is not a text', 'Give a string; numbers lose leading zeros and digits.'],
  FIELD_CHARACTERS: [0, 'A field holds a control character or half a surrogate pair', 'Remove that character.'],
  PICTURE_UNREADABLE: [0, 'The picture cannot be read', 'Give a whole PNG of at most 16 megapixels.'],
  NO_CODE_IN_PICTURE: [0, 'The picture shows no QR code', 'Use a sharper or larger picture with a white margin.'],
  ENGINE_MISSING: [0, 'The card cannot be drawn as PNG here', 'Install @napi-rs/canvas, or use cardSvg.'],
  FONT_MISSING: [0, 'A font cannot be read', 'Give the path of a TrueType or OpenType file that has Khmer.'],
  PICTURE_OPTIONS: [0, 'The picture cannot be drawn like that', 'See the limits of size, scale and margin.'],
} as const satisfies Record<string, readonly [code: number, says: string, remedy: string]>

export type ProblemName = keyof typeof problems

/** Where and what: `field` by our name or tag path ("62.01"), `position` in UTF-16 units from the start of the text. */
export type Where = { readonly field?: string; readonly value?: unknown; readonly position?: number }

/** One thing that is wrong. `code` is the official SDK's number, undefined where it has none. */
export type Problem = {
  readonly name: ProblemName
  readonly code: number | undefined
  readonly message: string
  readonly remedy: string
  readonly field: string | undefined
  readonly value: string | undefined
  readonly position: number | undefined
}

export function problem(name: ProblemName, where: Where = {}): Problem {
  const [code, says, remedy] = problems[name]
  const value = where.value === undefined ? undefined : show(where.value)
  const at = where.position === undefined ? '' : ` at position ${where.position}`
  const what = [where.field, value].filter((part) => part !== undefined).join(' = ')
  const detail = `${what}${at}`.trim()
  return {
    name,
    code: code === 0 ? undefined : code,
    message: `${says}${detail ? ` (${detail})` : ''}. ${remedy}`,
    remedy,
    field: where.field,
    value,
    position: where.position,
  }
}

/** The only error this package throws: a problem, thrown. */
export class KhqrError extends Error {
  override readonly name = 'KhqrError'
  readonly problem: Problem
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options)
    this.problem = problem
  }
  /** The official SDK's number for it, undefined where it has none. */
  get code(): number | undefined {
    return this.problem.code
  }
  get field(): string | undefined {
    return this.problem.field
  }
  get value(): string | undefined {
    return this.problem.value
  }
  /** In UTF-16 units from the start of the text. */
  get position(): number | undefined {
    return this.problem.position
  }
  get remedy(): string {
    return this.problem.remedy
  }
}

/** Throws the problem: `refuse('AMOUNT_INVALID', { field: 'amount', value })`. */
export function refuse(name: ProblemName, where: Where = {}, options?: ErrorOptions): never {
  throw new KhqrError(problem(name, where), options)
}

/** At most 40 characters of a value are shown, so that a message never carries a megabyte. */
const shownLength = 40

function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > shownLength ? `${value.slice(0, shownLength)}…` : value)
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString()
  return value === null ? 'null' : `a ${typeof value}`
}
