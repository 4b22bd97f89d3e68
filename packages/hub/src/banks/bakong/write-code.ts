import { encode } from '@khqr-hub/khqr'
import type { EncodedKhqr } from '@khqr-hub/khqr'
import type { AccountSettings } from '../bank.ts'

/** What codes say of us, beside whom they pay. */
export type MerchantFace = {
  readonly name: string
  readonly city: string
  readonly categoryCode: string
  readonly acquiringBank: string | undefined
}

/** The KHQR of one payment: a merchant's (tag 30) where the account has a merchant id, else an individual's (29). Throws `KhqrError`. */
export function writeCode(of: {
  /** As operators edit it; the settings only seed it. */
  readonly account: Pick<AccountSettings, 'payeeAccount' | 'payeeMerchantId' | 'currency'>
  readonly merchant: MerchantFace
  readonly amountMinor: bigint
  readonly billNumber: string
  readonly createdAt: Date
  readonly expiresAt: Date
}): EncodedKhqr {
  const { account, merchant, ...payment } = of
  const shared = {
    ...payment,
    payeeAccount: account.payeeAccount,
    currency: account.currency,
    merchantName: merchant.name,
    merchantCity: merchant.city,
    merchantCategoryCode: merchant.categoryCode,
  }
  const { acquiringBank } = merchant
  return account.payeeMerchantId === undefined
    ? encode({ kind: 'individual', ...shared, acquiringBank })
    : encode({ kind: 'merchant', ...shared, merchantId: account.payeeMerchantId, acquiringBank: acquiringBank ?? '' })
}
