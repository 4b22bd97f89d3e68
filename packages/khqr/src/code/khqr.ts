import type { Money } from '../amount.ts'
import type { Problem } from '../problem.ts'
import type { Currency } from '../tags.ts'
import type { Field } from './fields.ts'
import { md5 } from './md5.ts'
import { utf8Of } from './utf8.ts'

/** Everything a KHQR says. What is not in the code is undefined; texts are as written, times are Dates. */
export class Khqr {
  /** The text that was decoded, unchanged. */
  readonly qr: string
  kind: 'individual' | 'merchant' | undefined = undefined
  payloadFormat: string | undefined = undefined
  /** "12" is a code for one payment, "11" one that is printed; absent before SDK 1.0.18. */
  initiation: string | undefined = undefined
  unionPayAccount: string | undefined = undefined
  /** Tag 29 or 30, sub-tag 00: who is paid, or the settlement wallet of the payee's bank. */
  payeeAccount: string | undefined = undefined
  /** Tag 29, sub-tag 01. */
  accountInformation: string | undefined = undefined
  /** Tag 30, sub-tag 01. */
  merchantId: string | undefined = undefined
  /** Tag 29 or 30, sub-tag 02. */
  acquiringBank: string | undefined = undefined
  merchantCategoryCode: string | undefined = undefined
  /** Tag 53 as written, such as "116"; `currency` where it is one that KHQR knows. */
  currencyCode: string | undefined = undefined
  currency: Currency | undefined = undefined
  /** Tag 54 as written, such as "5000.0". */
  amount: string | undefined = undefined
  /** The amount exactly, where text and currency make one: "5000.0" KHR is 5000n. Zero is read too. */
  money: Money | undefined = undefined
  countryCode: string | undefined = undefined
  merchantName: string | undefined = undefined
  merchantCity: string | undefined = undefined
  billNumber: string | undefined = undefined
  mobileNumber: string | undefined = undefined
  storeLabel: string | undefined = undefined
  terminalLabel: string | undefined = undefined
  purpose: string | undefined = undefined
  language: string | undefined = undefined
  alternateName: string | undefined = undefined
  alternateCity: string | undefined = undefined
  /** Tag 99, sub-tags 00 and 01, where they are 13 digits of milliseconds. */
  createdAt: Date | undefined = undefined
  expiresAt: Date | undefined = undefined
  /** Tag 63 as written. */
  crc: string | undefined = undefined
  crcFits = false
  /** Every field in the order of the text, with its raw value. */
  readonly fields: readonly Field[]
  /** What this library has no name for, path → value: {"61": "12000", "62.68": "…"}. */
  readonly unknown: Record<string, string> = {}
  /** What strict mode refuses, and what is odd though harmless. Empty for a good code. */
  readonly warnings: Problem[] = []

  constructor(qr: string, fields: readonly Field[]) {
    this.qr = qr
    this.fields = fields
  }

  /** Lower-case MD5 of the text: Bakong's name for the payment. Computed when asked for. */
  get md5(): string {
    const utf8 = utf8Of(this.qr)
    return md5(utf8, utf8.length)
  }
}
