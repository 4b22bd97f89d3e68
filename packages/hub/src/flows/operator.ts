import { Refusal } from '../domain/errors.ts'
import type { Position } from '../domain/position.ts'
import { AmountError, type Currency, parseAmount, showMoney } from '../money/money.ts'
import { givenAwayMinor } from '../domain/position.ts'
import type { Asker, Hub } from './hub.ts'

/** A registered operator at work. `actor` of the asker says the same, for history and audit. */
export type Operator = Asker & { readonly operator: string }

/** Reads an amount an operator typed, or takes all there is. Throws BAD_REQUEST, and CONFLICT when it is more than `most`. */
export function readAmount(text: string | undefined, currency: Currency, most: bigint, what: string): bigint {
  if (most <= 0n) throw new Refusal('CONFLICT', `Nothing of ${what} is left`)
  if (text === undefined) return most
  const amountMinor = parse(text, currency)
  if (amountMinor > most) {
    throw new Refusal('CONFLICT', 'The amount is more than there is', {
      details: `${showMoney({ amountMinor, currency })} was asked for, and ${showMoney({ amountMinor: most, currency })} of ${what} is left.`,
    })
  }
  return amountMinor
}

function parse(text: string, currency: Currency): bigint {
  try {
    const amountMinor = parseAmount(text, currency)
    if (amountMinor > 0n) return amountMinor
    throw new Refusal('BAD_REQUEST', 'The amount is not right', {
      details: { amount: `"${text.slice(0, 40)}" must be more than 0` },
    })
  } catch (error) {
    if (!(error instanceof AmountError)) throw error
    throw new Refusal('BAD_REQUEST', 'The amount is not right', { details: { amount: error.message } })
  }
}

/** Why giving this much of the receipt away needs a second operator; undefined: it does not (clause 11). */
export function secondForAmount(hub: Hub, position: Position, amountMinor: bigint): string | undefined {
  const limit = hub.secondPersonAbove[position.currency]
  const total = givenAwayMinor(position) + amountMinor
  if (total <= limit) return undefined
  const { currency } = position
  return `${showMoney({ amountMinor: total, currency })} of this receipt in all is above ${showMoney({ amountMinor: limit, currency })}, the limit for one person.`
}

/** Throws FORBIDDEN unless `operator` is somebody else than who asked. */
export function mustDiffer(operator: string, requestedBy: string): void {
  if (operator !== requestedBy) return
  throw new Refusal('FORBIDDEN', 'A second operator must decide', {
    details: `${requestedBy} asked for this; somebody else must agree to it or refuse it.`,
  })
}
