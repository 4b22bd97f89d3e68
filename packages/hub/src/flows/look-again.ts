import { Refusal } from '../domain/errors.ts'
import type { Position } from '../domain/position.ts'
import { Trouble } from '../kit/trouble.ts'
import { readPayment } from '../store/payments.ts'
import { readPosition } from '../store/positions.ts'
import { write } from '../store/writes.ts'
import { verifyWithBank } from './ask-bank.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { refusalForBank } from './refusal-for-bank.ts'
import { noteReversals } from './reverse-receipts.ts'
import { keepExchanges } from './settle-movements.ts'

/** A bank may slip once: money that it does not list is asked about a second time after this long. */
const lookTwiceAfterMs = 1_000

/** A receipt's money as it stands now. Throws RESOURCE_NOT_FOUND. */
export async function readMoney(hub: Hub, receiptId: number): Promise<Position> {
  const position = await readPosition(hub.db, receiptId)
  if (!position) throw new Refusal('RESOURCE_NOT_FOUND', 'No such receipt', { details: `Receipt: ${receiptId}` })
  return position
}

/**
 * Before an operator's act on money, its bank is asked whether it is still there (clause 11): what it no longer lists is
 * reversed. Answers the position after that. Throws `Refusal` when the bank cannot say: nothing is done upon a guess.
 * Money that its bank cannot be asked about (a counter payment) stands as it is.
 */
export async function lookAgain(hub: Hub, asker: Asker, before: Position): Promise<Position> {
  const at = hub.banks.get(before.bankCode)
  if (!at) throw new Refusal('SERVER_UNAVAILABLE', `${before.bankCode} is not configured`)
  if (before.channel !== 'khqr' || before.proof === 'notice' || at.bank.describe().verify === 'never') return before
  try {
    if (before.paymentNumber === undefined) return await lookForUnknown(hub, asker, at, before)
    const isListed = await look(hub, asker, at, before, false)
    if (isListed) return await readMoney(hub, before.receiptId)
    await hub.clock.wait(lookTwiceAfterMs)
    await look(hub, asker, at, before, true)
    return await readMoney(hub, before.receiptId)
  } catch (error) {
    if (error instanceof Trouble) throw refusalForBank(at.code, error)
    throw error
  }
}

/** Whether the bank lists the receipt's money; writes down what its answer means. */
async function look(hub: Hub, asker: Asker, at: BankAtWork, before: Position, strict: boolean): Promise<boolean> {
  const payment = await readPayment(hub.db, before.paymentNumber ?? 0)
  const account = at.accounts.find((one) => one.id === before.merchantAccountId)
  if (!payment || !account) throw new Error(`Receipt ${before.receiptId} has no payment or no account`)
  const keys = { reference: String(payment.number), account }
  const verification = await verifyWithBank(at, asker, keys, { notified: false })
  const about = { paymentNumber: payment.number, inboxId: undefined, correlationId: asker.correlationId }
  await write(hub.db, { exchanges: keepExchanges(verification, about) })
  if (verification.state === 'unknown') throw unsure(at, verification.doubt)
  if (verification.state === 'not_found') throw unsure(at, `it does not know the reference ${payment.number} any more`)
  await noteReversals(hub, asker, { at, account, payment, verification, strict })
  return verification.movements.some(
    (movement) =>
      !movement.reversed &&
      (movement.bankTransactionId === before.bankTransactionId || movement.keyedBy === 'reference'),
  )
}

/** Money for a reference that we do not know: its bank must still list it; what it took back, a person clears up with it. */
async function lookForUnknown(hub: Hub, asker: Asker, at: BankAtWork, before: Position): Promise<Position> {
  const account = at.accounts.find((one) => one.id === before.merchantAccountId)
  if (!account) throw new Error(`Receipt ${before.receiptId} has no account`)
  const verification = await verifyWithBank(at, asker, { reference: before.reference, account }, { notified: false })
  const about = { paymentNumber: undefined, inboxId: undefined, correlationId: asker.correlationId }
  await write(hub.db, { exchanges: keepExchanges(verification, about) })
  const isListed = verification.movements.some(
    (movement) => !movement.reversed && movement.bankTransactionId === before.bankTransactionId,
  )
  if (isListed) return before
  throw unsure(at, verification.doubt ?? `it does not list ${before.bankTransactionId}`)
}

function unsure(at: BankAtWork, why: string | undefined): Refusal {
  return new Refusal('SERVER_UNAVAILABLE', `${at.code} cannot confirm that the money is still there`, {
    details: `${at.code} was asked: ${why ?? 'its answer cannot be read'}. Nothing was done; ask the bank, then try again.`,
    retryAfterS: 60,
  })
}
