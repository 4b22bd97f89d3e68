import { AmountError, type Currency, parseAmount } from '../money/money.ts'

/** What is wrong with an amount that must be above zero: one sentence; undefined where nothing is. */
export function amountProblem(text: string, currency: Currency): string | undefined {
  try {
    return parseAmount(text, currency) > 0n ? undefined : `is "${text}", and must be above zero`
  } catch (error) {
    if (!(error instanceof AmountError)) throw error
    return error.message
  }
}
