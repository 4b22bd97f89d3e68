import type { ProblemName } from './problem.ts'

/** What the standard says of one field: where it stands, how long it may be, what to call it when it is too long. */
export type FieldRule<Name extends string = string> = {
  /** Our name for it: the key in this table, in the input of `encode` and in what `decode` answers. */
  readonly name: Name
  /** Tag, or template and sub-tag: "59", "62.01". */
  readonly path: string
  /** The last two digits of the path: the tag that is written. */
  readonly tag: string
  readonly label: string
  /** Most UTF-16 units. */
  readonly most: number
  readonly tooLong: ProblemName
}

/** The fields of a KHQR that hold free text, by our names. Source: KHQR Content Guideline 1.4 and bakong-khqr 1.0.20. */
export const textFields = {
  unionPayAccount: rule('unionPayAccount', '15', 'UnionPay account', 99, 'UNION_PAY_LENGTH'),
  payeeAccount: rule('payeeAccount', '29.00', 'Payee account', 32, 'ACCOUNT_LENGTH'),
  accountInformation: rule('accountInformation', '29.01', 'Account information', 32, 'ACCOUNT_INFORMATION_LENGTH'),
  acquiringBank: rule('acquiringBank', '29.02', 'Acquiring bank', 32, 'ACQUIRING_BANK_LENGTH'),
  merchantId: rule('merchantId', '30.01', 'Merchant ID', 32, 'MERCHANT_ID_LENGTH'),
  merchantCategoryCode: rule('merchantCategoryCode', '52', 'Merchant category', 4, 'CATEGORY_LENGTH'),
  merchantName: rule('merchantName', '59', 'Merchant name', 25, 'MERCHANT_NAME_LENGTH'),
  merchantCity: rule('merchantCity', '60', 'Merchant city', 15, 'MERCHANT_CITY_LENGTH'),
  billNumber: rule('billNumber', '62.01', 'Bill number', 25, 'BILL_NUMBER_LENGTH'),
  mobileNumber: rule('mobileNumber', '62.02', 'Mobile number', 25, 'MOBILE_NUMBER_LENGTH'),
  storeLabel: rule('storeLabel', '62.03', 'Store label', 25, 'STORE_LABEL_LENGTH'),
  terminalLabel: rule('terminalLabel', '62.07', 'Terminal label', 25, 'TERMINAL_LABEL_LENGTH'),
  purpose: rule('purpose', '62.08', 'Purpose of transaction', 25, 'PURPOSE_LENGTH'),
  language: rule('language', '64.00', 'Language', 2, 'LANGUAGE_LENGTH'),
  alternateName: rule('alternateName', '64.01', 'Name in that language', 25, 'ALTERNATE_NAME_LENGTH'),
  alternateCity: rule('alternateCity', '64.02', 'City in that language', 15, 'ALTERNATE_CITY_LENGTH'),
}

export type TextField = keyof typeof textFields

function rule<Name extends string>(
  name: Name,
  path: string,
  label: string,
  most: number,
  tooLong: ProblemName,
): FieldRule<Name> {
  return { name, path, tag: path.slice(-2), label, most, tooLong }
}

/**
 * The two currencies of KHQR. Exponent = decimals of the smallest paid unit: USD cents, KHR whole riel. Tag 54 holds 13
 * characters, so amounts end at USD 9999999999.99 and KHR 9999999999999: `mostMinor`.
 */
export const currencies = {
  USD: { numericCode: '840', exponent: 2, mostMinor: 999_999_999_999n },
  KHR: { numericCode: '116', exponent: 0, mostMinor: 9_999_999_999_999n },
} as const

export type Currency = keyof typeof currencies

export function currencyOfCode(numericCode: string): Currency | undefined {
  if (numericCode === '840') return 'USD'
  return numericCode === '116' ? 'KHR' : undefined
}

/** Lengths and tags are two digits, so no value is longer than 99 UTF-16 units. */
export const longestValue = 99

/** The longest text that is looked at, in UTF-16 units: no QR code holds more than 7,089 characters. */
export const longestText = 7089

/** "00" to "99": tags and lengths as they are written. */
export const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))
