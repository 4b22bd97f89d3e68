import type { TopupMethod, TopupOrder } from '../../flows/open-topup.ts'
import { type Currency, isCurrency, type Money, parseAmount } from '../../money/money.ts'
import { amountProblem } from '../amount-problem.ts'
import { userIdPattern } from '../user-id.ts'
import type { SentenceName } from './words.ts'

/** What was typed, as it was typed. */
export type TypedForm = {
  readonly user: string
  readonly amount: string
  readonly currency: string
  readonly method: string
}

export type FormProblems = { readonly [Field in keyof TypedForm]?: SentenceName }

export type ReadForm =
  | { readonly kind: 'order'; readonly order: TopupOrder }
  | { readonly kind: 'problems'; readonly problems: FormProblems }

/** More than anybody types into one field. */
const longestField = 100

export function typedForm(fields: URLSearchParams, methods: readonly TopupMethod[]): TypedForm {
  const field = (name: string) => (fields.get(name) ?? '').trim().slice(0, longestField)
  const first = methods[0]
  return {
    user: field('user'),
    amount: field('amount'),
    currency: field('currency') || (first?.currencies[0] ?? ''),
    method: field('method') || (first?.code ?? ''),
  }
}

/** Every problem there is, each at its field. */
export function readForm(typed: TypedForm, methods: readonly TopupMethod[]): ReadForm {
  const { currency } = typed
  const taking = methods.filter((one) => one.currencies.some((taken) => taken === currency))
  const method = taking.find((one) => one.code === typed.method) ?? (methods.length === 1 ? taking[0] : undefined)
  const money = isCurrency(currency) ? readMoney(typed.amount, currency) : undefined
  const problems: FormProblems = {
    ...(new RegExp(userIdPattern).test(typed.user) ? {} : { user: 'userWrong' }),
    ...(isCurrency(currency) && taking.length > 0 ? {} : { currency: 'currencyWrong' }),
    ...(taking.length > 0 && !method ? { method: 'methodWrong' } : {}),
    ...amountProblems(money, method),
  }
  if (Object.keys(problems).length > 0 || !money || !method) return { kind: 'problems', problems }
  return {
    kind: 'order',
    order: {
      userId: typed.user,
      amount: money,
      description: undefined,
      method: method.code,
      returnUrl: undefined,
      cancelUrl: undefined,
      caller: undefined,
    },
  }
}

function amountProblems(money: Money | undefined, method: TopupMethod | undefined): FormProblems {
  if (!money) return { amount: 'amountWrong' }
  if (!method) return {}
  const { min, max } = method.limits[money.currency]
  const isInside = money.amountMinor >= min.amountMinor && money.amountMinor <= max.amountMinor
  return isInside ? {} : { amount: 'amountOutside' }
}

/** As people write amounts: also in Khmer digits, and with commas between thousands. */
function readMoney(typed: string, currency: Currency): Money | undefined {
  const latin = typed.replace(/[\u17e0-\u17e9]/g, (digit) => String((digit.codePointAt(0) ?? 0) - 0x17e0))
  const plain = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(latin) ? latin.replaceAll(',', '') : latin
  if (!/^\d{1,20}(\.\d{1,18})?$/.test(plain) || amountProblem(plain, currency) !== undefined) return undefined
  return { amountMinor: parseAmount(plain, currency), currency }
}
