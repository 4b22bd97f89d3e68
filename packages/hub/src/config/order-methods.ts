import type { Bank } from '../banks/bank.ts'
import type { PaymentMethod } from '../banks/purchase.ts'
import type { Config } from '../config.ts'
import { SettingsError } from '../kit/settings.ts'

/** The method that two kinds of bank can serve: which one does is a setting. */
const shared = { method: 'bakong', kindOf: { nbc: 'bakong', payway: 'payway' } } as const

/**
 * The ways to pay orders that one bank is used for: those of its settings, else its usual ones. Throws `SettingsError` for
 * one that it does not have.
 */
export function orderMethodsOf(
  code: string,
  kind: string,
  bank: Bank,
  wanted: readonly string[] | undefined,
  orders: Pick<Config['orders'], 'bakong'>,
): PaymentMethod[] {
  const can = bank.methods ?? []
  const names = wanted ?? can.filter((one) => one.usual).map((one) => one.code)
  const strange = names.filter((name, place) => names.indexOf(name) !== place || can.every((one) => one.code !== name))
  if (strange.length > 0) {
    const there = can.length === 0 ? 'it has none' : `it has ${can.map((one) => one.code).join(', ')}`
    throw new SettingsError([`banks.${code}.order-methods has "${strange.join('", "')}": ${there}, each once.`])
  }
  const isServer = kind === shared.kindOf[orders.bakong]
  const others = can.filter((one) => one.code !== shared.method && names.includes(one.code))
  const bakong = can.find((one) => one.code === shared.method)
  const inOrder = names.flatMap((name) => others.filter((one) => one.code === name))
  return bakong && isServer ? [...inOrder, bakong] : inOrder
}
