import type { Movement } from '../banks/bank.ts'
import { Refusal } from '../domain/errors.ts'
import type { Position } from '../domain/position.ts'
import { Trouble } from '../kit/trouble.ts'
import { readPayment } from '../store/payments.ts'
import { readPosition } from '../store/positions.ts'
import { write } from '../store/writes.ts'
import { keysFor, verifyWithBank } from './ask-bank.ts'
import { isReceiptListed } from './find-reversals.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { refusalForBank } from './refusal-for-bank.ts'
import { returnReceipt } from './return-receipt.ts'
import { noteReversals, reverseReceipt } from './reverse-receipts.ts'
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
    const isThere = await look(hub, asker, at, before, false)
    if (!isThere) await hub.clock.wait(lookTwiceAfterMs)
    const isThereStill = isThere || (await look(hub, asker, at, before, true))
    const after = await readMoney(hub, before.receiptId)
    // Not reversed, as a refund of it is on its way, or as others saw it listed between the two looks.
    if (!isThereStill && !after.reversed && after.bankMinor > 0n)
      throw unsure(at, `it does not list ${before.bankTransactionId}`)
    return after
  } catch (error) {
    if (error instanceof Trouble) throw refusalForBank(at.code, error)
    throw error
  }
}

/** Whether the bank says nothing against the receipt's money; writes down what its answer means. */
async function look(hub: Hub, asker: Asker, at: BankAtWork, before: Position, strict: boolean): Promise<boolean> {
  const payment = await readPayment(hub.db, before.paymentNumber ?? 0)
  const account = at.accounts.find((one) => one.id === before.merchantAccountId)
  if (!payment || !account) throw new Error(`Receipt ${before.receiptId} has no payment or no account`)
  const verification = await verifyWithBank(at, asker, keysFor(at, payment, account), { notified: false })
  const about = { paymentNumber: payment.number, inboxId: undefined, correlationId: asker.correlationId }
  await write(hub.db, { exchanges: keepExchanges(verification, about) })
  if (verification.state === 'unknown') throw unsure(at, verification.doubt)
  const looked = { at, account, payment, verification, strict }
  await noteReversals(hub, asker, looked)
  if (verification.state === 'not_found') throw unsure(at, `it does not know the reference ${payment.number} any more`)
  const receipt = payment.receipts.find((one) => one.id === before.receiptId)
  if (!receipt) throw new Error(`Receipt ${before.receiptId} is not of payment ${payment.number}`)
  if (isReceiptListed(looked, receipt)) return true
  const isTakenBack = verification.movements.some(
    (movement) => movement.reversed && movement.bankTransactionId === before.bankTransactionId,
  )
  // A bank that lists one transfer per code, and another one or none now, says nothing for this money.
  if (!isTakenBack && !at.bank.describe().listsAllMovements)
    throw unsure(at, `it does not list ${before.bankTransactionId}`)
  return false
}

/** The same for money of a reference that we do not know: no payment speaks for it, and its bank may be asked all the same. */
async function lookForUnknown(hub: Hub, asker: Asker, at: BankAtWork, before: Position): Promise<Position> {
  for (let round = 1; ; round += 1) {
    const found = await lookUpUnknown(hub, asker, at, before)
    if (found === 'listed' && before.reversed) await returnReceipt(hub, asker, at, before.receiptId)
    if (found === 'listed') return readMoney(hub, before.receiptId)
    if (found === 'taken_back' || round > 1) {
      await reverseReceipt(hub, asker, at, before.receiptId)
      const after = await readMoney(hub, before.receiptId)
      if (!after.reversed && after.bankMinor > 0n) throw unsure(at, `it does not list ${before.bankTransactionId}`)
      return after
    }
    await hub.clock.wait(lookTwiceAfterMs)
  }
}

async function lookUpUnknown(
  hub: Hub,
  asker: Asker,
  at: BankAtWork,
  before: Position,
): Promise<'listed' | 'taken_back' | 'missing'> {
  const account = at.accounts.find((one) => one.id === before.merchantAccountId)
  if (!account) throw new Error(`Receipt ${before.receiptId} has no account`)
  const { bankTransactionId, reference } = before
  const verification = await verifyWithBank(
    at,
    asker,
    { reference, account, codes: [], unshown: [] },
    { notified: false },
  )
  const about = { paymentNumber: undefined, inboxId: undefined, correlationId: asker.correlationId }
  await write(hub.db, { exchanges: keepExchanges(verification, about) })
  const { state, movements, doubt } = verification
  if (state === 'unknown') throw unsure(at, doubt)
  if (state === 'not_found') throw unsure(at, `it does not know the reference ${reference} any more`)
  // Told in two forms, it is the same money (clause 3).
  const isMeant = (movement: Movement) =>
    movement.bankTransactionId === bankTransactionId ||
    movement.keyedBy === 'reference' ||
    bankTransactionId === reference
  if (movements.some((movement) => !movement.reversed && isMeant(movement))) return 'listed'
  if (movements.some((movement) => movement.reversed && movement.bankTransactionId === bankTransactionId))
    return 'taken_back'
  if (at.bank.describe().listsAllMovements) return 'missing'
  throw unsure(at, `it does not list ${bankTransactionId}`)
}

function unsure(at: BankAtWork, why: string | undefined): Refusal {
  return new Refusal('SERVER_UNAVAILABLE', `${at.code} cannot confirm that the money is still there`, {
    details: `${at.code} was asked: ${why ?? 'its answer cannot be read'}. Nothing was done; ask the bank, then try again.`,
    retryAfterS: 60,
  })
}
