import { Type } from 'typebox'
import { isCurrency, type Money, parseAmount } from '../../money/money.ts'
import { amountProblem } from '../amount-problem.ts'
import { listFields } from '../list.ts'
import { type FieldErrors, errorsOf } from '../read-input.ts'
import { addressErrors, returnAddresses } from '../return-address.ts'
import { userIdPattern } from '../user-id.ts'

// What requests about top-ups are made of. Each description begins with "must": errors and docs repeat it.

const strict = { additionalProperties: false }

const userId = Type.String({
  pattern: userIdPattern,
  description:
    'must be 1 to 64 letters, digits, dots, @, - or _, and not a dot or two alone: your name for the user, whose wallet it opens',
})

export const newTopup = Type.Object(
  {
    userId,
    amount: Type.String({
      pattern: '^\\d{1,20}(?:\\.\\d{1,18})?$',
      description: 'must be a plain decimal above zero such as "10.50"',
    }),
    currency: Type.String({ pattern: '^(?:USD|KHR)$', description: 'must be USD or KHR' }),
    description: Type.Optional(
      Type.String({
        pattern: '^[^\\p{Cc}\\p{Cs}\\u2028\\u2029]{1,255}$',
        description: 'must be 1 to 255 characters on one line; it is kept, and shown with the top-up and in the wallet',
      }),
    ),
    method: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9]{2,20}$',
        description:
          'must be the code of a method that GET /api/topups/v1/methods lists; the first of them unless given',
      }),
    ),
    ...returnAddresses,
  },
  strict,
)

export const topupId = Type.Object(
  {
    id: Type.String({
      pattern: '^(?:pay_[0-7][0-9a-hjkmnp-tv-z]{25}|[1-9]\\d{0,14})$',
      description: 'must be a top-up: its pay_… id, or its number such as 150001',
    }),
  },
  strict,
)

export const walletPath = Type.Object({ userId }, strict)
export const walletQuery = Type.Object(listFields, strict)
export const nothing = Type.Object({}, strict)

/** Everything that is wrong with a new top-up, the fields that only reading tells included. */
export function errorsOfTopup(body: Readonly<Record<string, unknown>>, mode: 'sandbox' | 'live'): FieldErrors {
  const errors = new Map(errorsOf(newTopup, body))
  const { amount, currency } = body
  if (typeof amount === 'string' && isCurrency(currency) && !errors.has('amount')) {
    const wrong = amountProblem(amount, currency)
    if (wrong !== undefined) errors.set('amount', wrong)
  }
  return new Map([...addressErrors(body, mode), ...errors])
}

/** An amount that `errorsOfTopup` found nothing wrong with. */
export function readMoney(body: { readonly amount: string; readonly currency: string }): Money {
  if (!isCurrency(body.currency)) throw new Error(`"${body.currency}" was let through`)
  return { amountMinor: parseAmount(body.amount, body.currency), currency: body.currency }
}
