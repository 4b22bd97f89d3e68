import type { CallContext } from '../kit/call.ts'
import type { Exchange } from '../kit/trouble.ts'

/** What an operation beside those of `Bank` answered, for the operator: as the bank wrote it, redacted. */
export type OperationAnswer = { readonly body: string; readonly exchanges: readonly Exchange[] }

/** An operation beside those of `Bank`, such as a link or a rate: for the command line. */
export type Operation = {
  readonly name: string
  /** Begins with a verb. */
  readonly does: string
  /** It takes a customer's money at once: only done when somebody means it, and never sent again by itself. */
  readonly movesMoney?: boolean
  readonly fields: readonly { readonly name: string; readonly required: boolean; readonly about: string }[]
  /** Throws `Trouble`, and `SettingsError` where the settings switch it off. */
  run(fields: Readonly<Record<string, string>>, call: CallContext): Promise<OperationAnswer>
}

/** What became of an order to close a code at its bank. Advisory ones may be paid all the same: the bank is asked anyway. */
export type CancelAnswer = {
  readonly state: 'closed' | 'paid' | 'not_found'
  readonly exchanges: readonly Exchange[]
}
