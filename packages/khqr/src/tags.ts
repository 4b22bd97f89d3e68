import type { ProblemName } from './problem.ts'

/** What the standard says of one field: where it stands, how long it may be, what to call it when it is too long. */
export type FieldRule = {
  /** Our name for it: the key in this table, in the input of `encode` and in what `decode` answers. */
  readonly name: string
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
  unionPayAccount: {
    name: 'unionPayAccount',
    path: '15',
    tag: '15',
    label: 'UnionPay account',
    most: 99,
    tooLong: 'UNION_PAY_LENGTH',
  },
  payeeAccount: {
    name: 'payeeAccount',
    path: '29.00',
    tag: '00',
    label: 'Payee account',
    most: 32,
    tooLong: 'ACCOUNT_LENGTH',
  },
  accountInformation: {
    name: 'accountInformation',
    path: '29.01',
    tag: '01',
    label: 'Account information',
    most: 32,
    tooLong: 'ACCOUNT_INFORMATION_LENGTH',
  },
  acquiringBank: {
    name: 'acquiringBank',
    path: '29.02',
    tag: '02',
    label: 'Acquiring bank',
    most: 32,
    tooLong: 'ACQUIRING_BANK_LENGTH',
  },
  merchantId: {
    name: 'merchantId',
    path: '30.01',
    tag: '01',
    label: 'Merchant ID',
    most: 32,
    tooLong: 'MERCHANT_ID_LENGTH',
  },
  merchantCategoryCode: {
    name: 'merchantCategoryCode',
    path: '52',
    tag: '52',
    label: 'Merchant category',
    most: 4,
    tooLong: 'CATEGORY_LENGTH',
  },
  merchantName: {
    name: 'merchantName',
    path: '59',
    tag: '59',
    label: 'Merchant name',
    most: 25,
    tooLong: 'MERCHANT_NAME_LENGTH',
  },
  merchantCity: {
    name: 'merchantCity',
    path: '60',
    tag: '60',
    label: 'Merchant city',
    most: 15,
    tooLong: 'MERCHANT_CITY_LENGTH',
  },
  billNumber: {
    name: 'billNumber',
    path: '62.01',
    tag: '01',
    label: 'Bill number',
    most: 25,
    tooLong: 'BILL_NUMBER_LENGTH',
  },
  mobileNumber: {
    name: 'mobileNumber',
    path: '62.02',
    tag: '02',
    label: 'Mobile number',
    most: 25,
    tooLong: 'MOBILE_NUMBER_LENGTH',
  },
  storeLabel: {
    name: 'storeLabel',
    path: '62.03',
    tag: '03',
    label: 'Store label',
    most: 25,
    tooLong: 'STORE_LABEL_LENGTH',
  },
  terminalLabel: {
    name: 'terminalLabel',
    path: '62.07',
    tag: '07',
    label: 'Terminal label',
    most: 25,
    tooLong: 'TERMINAL_LABEL_LENGTH',
  },
  purpose: {
    name: 'purpose',
    path: '62.08',
    tag: '08',
    label: 'Purpose of transaction',
    most: 25,
    tooLong: 'PURPOSE_LENGTH',
  },
  language: { name: 'language', path: '64.00', tag: '00', label: 'Language', most: 2, tooLong: 'LANGUAGE_LENGTH' },
  alternateName: {
    name: 'alternateName',
    path: '64.01',
    tag: '01',
    label: 'Name in that language',
    most: 25,
    tooLong: 'ALTERNATE_NAME_LENGTH',
  },
  alternateCity: {
    name: 'alternateCity',
    path: '64.02',
    tag: '02',
    label: 'City in that language',
    most: 15,
    tooLong: 'ALTERNATE_CITY_LENGTH',
  },
} as const satisfies Record<string, FieldRule>

export type TextField = keyof typeof textFields

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

/** "00" to "99": tags and lengths as they are written. */
export const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))
