import { decode, KhqrError } from '@khqr-hub/khqr'
import type { Khqr } from '@khqr-hub/khqr'
import type { Money } from '../money/money.ts'
import { showMoney } from '../money/money.ts'
import type { MerchantAccount } from './bank.ts'

/**
 * In what a bank's code differs from the payment it was asked for: sentences, none when it is true. A code that two
 * readers could read differently (a tag twice, a CRC that does not fit, text after it) is never true.
 */
export function compareQr(
  qrString: string,
  payment: {
    readonly amount: Money
    readonly account: Pick<MerchantAccount, 'payeeAccount' | 'payeeMerchantId'>
    readonly reference: string
    /** Whether this bank writes our reference into the code's bill number. */
    readonly writesReference: boolean
  },
): string[] {
  let code: Khqr
  try {
    code = decode(qrString)
  } catch (error) {
    if (!(error instanceof KhqrError)) throw error
    return [`it is not a KHQR: ${error.message}`]
  }
  const { account, amount, reference, writesReference } = payment
  const differences = [differsInAmount(code, amount), differsInPayee(code, account)]
  if (writesReference && code.billNumber !== reference) {
    differences.push(`it says bill number ${shown(code.billNumber)}, and the payment is ${reference}`)
  }
  return differences.filter((sentence) => sentence !== undefined)
}

function differsInAmount(code: Khqr, amount: Money): string | undefined {
  if (code.currency !== amount.currency) {
    return `it says currency ${shown(code.currencyCode)}, and the payment is in ${amount.currency}`
  }
  if (code.money?.amountMinor === amount.amountMinor) return undefined
  return `it says amount ${shown(code.amount)}, and the payment is ${showMoney(amount)}`
}

function differsInPayee(
  code: Khqr,
  account: Pick<MerchantAccount, 'payeeAccount' | 'payeeMerchantId'>,
): string | undefined {
  if (code.payeeAccount !== account.payeeAccount) {
    return `it pays ${shown(code.payeeAccount)}, and our account is ${account.payeeAccount}`
  }
  if (code.kind === 'individual' && account.payeeMerchantId === undefined) return undefined
  if (code.kind === 'merchant' && code.merchantId === account.payeeMerchantId) return undefined
  const wanted = account.payeeMerchantId ?? 'none (an individual code)'
  return `it pays merchant ${code.kind === 'merchant' ? shown(code.merchantId) : 'none'}, and our merchant id is ${wanted}`
}

function shown(value: string | undefined): string {
  return value === undefined ? 'none' : `"${value.slice(0, 40)}"`
}
