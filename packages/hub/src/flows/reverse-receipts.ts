import { describePayment } from '../domain/events.ts'
import { postMove, postReversal, refundsAccount, suspenseAccount, writeOffAccount } from '../domain/ledger.ts'
import type { Payment, Receipt } from '../domain/payment.ts'
import type { Position } from '../domain/position.ts'
import { isUnsent } from '../domain/refund.ts'
import { showMoney } from '../money/money.ts'
import { readPosition } from '../store/positions.ts'
import type { NewJournal, Posting } from '../store/postings.ts'
import { readRefund } from '../store/refunds.ts'
import { type NewCase, write, type Writes } from '../store/writes.ts'
import { decideAgain } from './decide-again.ts'
import { type Finding, findReversals, type Looked } from './find-reversals.ts'
import { fundingAccountOf } from './funding-account.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import type { Change } from './move-payment.ts'
import { returnReceipt } from './return-receipt.ts'
import { describeMoney, paymentsOf, reversalCase, writeReversal } from './write-reversal.ts'

/**
 * Compares the bank's answer with the receipts we hold of it. Money that the bank took back is reversed; money that came
 * back is put where it was. Answers whether anything was written about this payment's money.
 */
export async function noteReversals(hub: Hub, asker: Asker, looked: Looked): Promise<boolean> {
  const findings = findReversals(looked, hub.clock.now())
  if (findings.length === 0) return false
  let changed = false
  for (const { receipt, finding } of findings) {
    if (finding === 'taken_back') changed = (await reverseReceipt(hub, asker, looked.at, receipt.id)) || changed
    if (finding === 'came_back') changed = (await returnReceipt(hub, asker, looked.at, receipt.id)) || changed
    if (finding === 'missing' || finding === 'unknown_to_bank') await noteMissing(hub, looked, receipt, finding)
    if (finding === 'listed') {
      await write(hub.db, { listings: [{ receiptId: receipt.id, listed: true, at: hub.clock.now() }] })
    }
  }
  return changed
}

async function noteMissing(hub: Hub, looked: Looked, receipt: Receipt, finding: Finding): Promise<void> {
  const { at, payment } = looked
  const what = `${showMoney(receipt.amount)} (${receipt.bankTransactionId}) of payment ${payment.number}`
  hub.log.warn(
    { event: 'receipt.missing', bank: at.code, paymentNumber: payment.number, receiptId: receipt.id },
    `${at.code} does not list ${what}.`,
  )
  const raised = {
    kind: 'movement_missing' as const,
    dedupeKey: `movement_missing:${receipt.id}`,
    bankCode: at.code,
    paymentNumber: payment.number,
    inboxId: undefined,
    sentence: `${at.code} no longer knows the reference of ${what}. It is in the books; ask the bank what became of it.`,
    evidence: { bankTransactionId: receipt.bankTransactionId },
  }
  // Only an answer that should have listed it counts as a look: one that knows nothing of the reference does not.
  await write(
    hub.db,
    finding === 'unknown_to_bank'
      ? { cases: [raised] }
      : { listings: [{ receiptId: receipt.id, listed: false, at: hub.clock.now() }] },
  )
}

/**
 * The bank took the money back: everything that stood on it is undone, refunds that were not sent yet included. Answers
 * whether that was done now; not while a refund of it may have been sent.
 */
export function reverseReceipt(hub: Hub, asker: Asker, at: BankAtWork, receiptId: number): Promise<boolean> {
  return decideAgain(hub, async () => {
    const position = await readPosition(hub.db, receiptId)
    if (!position || position.reversed) return false
    const doubts = await doubtAboutHandMadeRefunds(hub, at, position)
    if (position.bankMinor === 0n) {
      if (doubts.length > 0) await write(hub.db, { cases: doubts })
      return false
    }
    const inFlight = position.refunds.find((one) => one.status === 'processing' || one.status === 'requires_evidence')
    if (inFlight) {
      await write(hub.db, { cases: [unclear(at, position, inFlight.id)] })
      return false
    }
    const money = showMoney({ amountMinor: position.bankMinor, currency: position.currency })
    const sentence = `${at.code} took back ${money} (${position.bankTransactionId}).`
    const payments = await paymentsOf(hub, position)
    const about = {
      action: 'receipt.reversed' as const,
      position,
      sentence,
      before: { atBank: money },
      after: { atBank: showMoney({ amountMinor: 0n, currency: position.currency }) },
    }
    const changes = payments.map((payment) => ({ payment, change: changeOf(position, payment, sentence) }))
    await writeReversal(hub, asker, about, changes, {
      ...calledOff(asker, position, sentence),
      postings: [reversalOf(position, sentence)],
      listings: [{ receiptId, listed: true, at: hub.clock.now() }],
      cases: [reversalCase(at, position, 'reversed', `${sentence} ${whatStood(payments, position)}`), ...doubts],
    })
    return true
  })
}

/** Money that a person had sent back, outside the bank's own refunds, has left twice when the bank takes it back as well. */
async function doubtAboutHandMadeRefunds(hub: Hub, at: BankAtWork, position: Position): Promise<NewCase[]> {
  const done = position.refunds.filter((one) => one.status === 'succeeded')
  const refunds = await Promise.all(done.map((one) => readRefund(hub.db, one.id)))
  const byHand = refunds.filter((refund) => refund?.mode === 'manual').map((refund) => refund?.amountMinor ?? 0n)
  if (byHand.length === 0) return []
  const amountMinor = byHand.reduce((total, minor) => total + minor, 0n)
  const sentBack = showMoney({ amountMinor, currency: position.currency })
  return [
    {
      kind: 'refund_unclear',
      dedupeKey: `refund_unclear:${position.receiptId}:taken_back`,
      bankCode: at.code,
      paymentNumber: position.paymentNumber,
      inboxId: undefined,
      sentence: `${at.code} no longer lists ${position.bankTransactionId}, of which ${sentBack} had been sent back by hand: that may have left our account twice.`,
      evidence: { bankTransactionId: position.bankTransactionId, refunds: done.map((one) => one.id) },
    },
  ]
}

/** The status stays. Its version moves on, so that nobody completes it upon what he read before. */
function changeOf(position: Position, payment: Payment, sentence: string): Change {
  const body = describePayment(payment, payment.status, describeMoney(position))
  return { sentence, events: [{ type: 'gateway.payment.reversed', body }] }
}

/** Refunds that were not sent are called off: there is nothing left to send. */
function calledOff(asker: Asker, position: Position, sentence: string): Pick<Writes, 'refunds'> {
  const unsent = position.refunds.filter((one) => isUnsent(one.status))
  return {
    refunds: unsent.map((one) => ({
      change: { id: one.id, expectedVersion: one.version, to: 'cancelled' as const },
      sentence,
      nextTryAt: undefined,
      actor: asker.actor,
      correlationId: asker.correlationId,
    })),
  }
}

function reversalOf(position: Position, sentence: string): Posting {
  const { bankCode, currency } = position
  const unsent = position.refunds.filter((one) => isUnsent(one.status))
  const undone: NewJournal[] = unsent.map((one) => ({
    kind: 'refund_undone',
    memo: `${one.id}: ${sentence}`,
    refundId: one.id,
    entries: postMove(refundsAccount(bankCode), fundingAccountOf(position, one), currency, one.amountMinor),
  }))
  const backInSuspense = sum(unsent.filter((one) => one.suspenseId !== undefined))
  const credits = new Map(position.appliedAccounts.map(({ account, minor }) => [account, minor]))
  for (const one of unsent.filter((refund) => refund.suspenseId === undefined)) {
    const account = fundingAccountOf(position, one)
    credits.set(account, (credits.get(account) ?? 0n) + one.amountMinor)
  }
  credits.set(suspenseAccount(bankCode), position.heldMinor + backInSuspense)
  credits.set(writeOffAccount, position.writtenOffMinor)
  const list = [...credits].map(([account, minor]) => ({ account, minor }))
  return {
    receiptId: position.receiptId,
    expectedJournals: position.journals,
    journals: [...undone, { kind: 'reversal', memo: sentence, entries: postReversal(bankCode, currency, list) }],
    takes: position.suspense
      .filter((row) => row.remainingMinor > 0n)
      .map((row) => ({ suspenseId: row.id, amountMinor: row.remainingMinor })),
  }
}

function unclear(at: BankAtWork, position: Position, refundId: string) {
  return {
    kind: 'refund_unclear' as const,
    dedupeKey: `refund_unclear:${refundId}:reversed`,
    bankCode: at.code,
    paymentNumber: position.paymentNumber,
    inboxId: undefined,
    sentence: `${at.code} no longer lists ${position.bankTransactionId} while refund ${refundId} of it is on its way: nothing is reversed until the refund is settled.`,
    evidence: { refund: refundId, bankTransactionId: position.bankTransactionId },
  }
}

function whatStood(payments: readonly Payment[], { applications }: Position): string {
  const settled = payments.filter((payment) => applications.some((one) => one.paymentNumber === payment.number))
  if (settled.length === 0) return 'It had settled nothing.'
  const sentences = settled.map(({ number, status }) =>
    status === 'completed'
      ? `It had settled payment ${number}, whose status stays; what was credited for it stands until a person decides.`
      : `It had settled a part of payment ${number}, which is owed again.`,
  )
  return sentences.join(' ')
}

function sum(rows: readonly { readonly amountMinor: bigint }[]): bigint {
  return rows.reduce((total, row) => total + row.amountMinor, 0n)
}
