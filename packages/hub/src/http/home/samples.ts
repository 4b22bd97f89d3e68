import type { Money } from '../../money/money.ts'
import type { Language } from '../language.ts'

/** What the sandbox offers to be tried, and where the rest of it is. Which banks there are, it knows alone. */
export type Samples = {
  /** The played banking app. */
  readonly phoneUrl: string
  /** What the played banks and policy systems believe, as JSON. */
  readonly journalUrl: string
  readonly services: readonly Service[]
  readonly premiums: readonly { readonly number: string; readonly bank: string }[]
  readonly orders: readonly SampleOrder[]
  readonly topups: readonly { readonly userId: string; readonly amount: Money; readonly through: string }[]
  /** Where a top-up of any amount begins; undefined where that page is switched off. */
  readonly topupPath: string | undefined
  /** A bill that nobody knows yet, and the bank to pay it through. Throws `Trouble` where the simulator is away. */
  readonly newBill: () => Promise<{ readonly number: string; readonly bank: string }>
  readonly isSimulatorUp: () => Promise<boolean>
}

/** `port` undefined: it has none that a browser could open. */
export type Service = { readonly name: string; readonly port: number | undefined; readonly does: Words }

export type Words = Readonly<Record<Language, string>>

export type SampleOrder = {
  /** A word for the form. */
  readonly name: string
  readonly what: Words
  readonly through: Words
  readonly method: string
  readonly total: Money
  readonly items: readonly { readonly name: string; readonly quantity: number; readonly price: string }[]
}
