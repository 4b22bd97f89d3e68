import { refuse } from '../problem.ts'

/** The currencies and kinds of the official SDK. */
export const khqrData = {
  currency: { usd: 840, khr: 116 },
  merchantType: { merchant: 'merchant', individual: 'individual' },
} as const

/** The optional arguments, as the official SDK names them. What is undefined, null, '' or 0 counts as left out. */
export type OptionalInfo = {
  currency?: number | string | null | undefined
  amount?: number | string | null | undefined
  /** Milliseconds since 1970, 13 digits; required with an amount. */
  expirationTimestamp?: number | string | null | undefined
  accountInformation?: string | null | undefined
  acquiringBank?: string | null | undefined
  billNumber?: string | null | undefined
  storeLabel?: string | null | undefined
  terminalLabel?: string | null | undefined
  mobileNumber?: string | null | undefined
  purposeOfTransaction?: string | null | undefined
  languagePreference?: string | null | undefined
  merchantNameAlternateLanguage?: string | null | undefined
  merchantCityAlternateLanguage?: string | null | undefined
  upiMerchantAccount?: string | null | undefined
  merchantCategoryCode?: number | string | null | undefined
}

export class IndividualInfo {
  bakongAccountID: string
  merchantName: string
  merchantCity: string
  currency: unknown
  amount: unknown
  expirationTimestamp: unknown
  accountInformation: unknown
  acquiringBank: unknown
  billNumber: unknown
  storeLabel: unknown
  terminalLabel: unknown
  mobileNumber: unknown
  purposeOfTransaction: unknown
  languagePreference: unknown
  merchantNameAlternateLanguage: unknown
  merchantCityAlternateLanguage: unknown
  upiMerchantAccount: unknown
  merchantCategoryCode: unknown

  constructor(
    bakongAccountID: string,
    merchantName: string,
    merchantCity: string,
    optional: OptionalInfo | null | undefined = {},
  ) {
    refuseObjects({ bakongAccountID, merchantName, merchantCity })
    const given = withoutEmpty(optional)
    this.bakongAccountID = bakongAccountID
    this.merchantName = merchantName
    this.merchantCity = merchantCity
    this.currency = given.currency ?? khqrData.currency.khr
    this.amount = given.amount
    this.expirationTimestamp = given.expirationTimestamp
    this.accountInformation = given.accountInformation
    this.acquiringBank = given.acquiringBank
    this.billNumber = given.billNumber
    this.storeLabel = given.storeLabel
    this.terminalLabel = given.terminalLabel
    this.mobileNumber = given.mobileNumber
    this.purposeOfTransaction = given.purposeOfTransaction
    this.languagePreference = given.languagePreference
    this.merchantNameAlternateLanguage = given.merchantNameAlternateLanguage
    this.merchantCityAlternateLanguage = given.merchantCityAlternateLanguage
    this.upiMerchantAccount = given.upiMerchantAccount
    this.merchantCategoryCode = given.merchantCategoryCode
  }
}

export class MerchantInfo extends IndividualInfo {
  merchantID: string

  constructor(
    bakongAccountID: string,
    merchantName: string,
    merchantCity: string,
    merchantID: string,
    acquiringBank: string,
    optional: OptionalInfo | null | undefined = {},
  ) {
    super(bakongAccountID, merchantName, merchantCity, optional)
    refuseObjects({ merchantID, acquiringBank })
    this.merchantID = merchantID
    this.acquiringBank = acquiringBank
  }
}

/** What the official SDK sends along with a deep link: all three, or none. */
export class SourceInfo {
  appIconUrl: string | null
  appName: string | null
  appDeepLinkCallback: string | null

  constructor(appIconUrl?: string | null, appName?: string | null, appDeepLinkCallback?: string | null) {
    this.appIconUrl = appIconUrl || null
    this.appName = appName || null
    this.appDeepLinkCallback = appDeepLinkCallback || null
  }
}

function withoutEmpty(optional: OptionalInfo | null | undefined): OptionalInfo {
  return Object.fromEntries(Object.entries(optional ?? {}).filter(([, value]) => !isEmpty(value)))
}

/** What the official SDK takes for nothing (its `== ""`): undefined, null, '', 0 and false. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === 0 || value === false
}

function refuseObjects(texts: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(texts)) {
    if (value instanceof Object) refuse('FIELD_NOT_TEXT', { field, value })
  }
}
