import { describePayment, describeReceipt } from '../domain/events.ts'
import {
  postMove,
  postReturn,
  postReversal,
  refundsAccount,
  suspenseAccount,
  writeOffAccount,
} from '../domain/ledger.ts'
import type { Receipt } from '../domain/payment.ts'
import type { Position } from '../domain/position.ts'
import { isUnsent } from '../domain/refund.ts'
import { showMoney } from '../money/money.ts'
import { readPosition } from '../store/positions.ts'
import type { NewJournal, Posting } from '../store/postings.ts'
import { readPayment } from '../store/payments.ts'
import { write, type Writes } from '../store/writes.ts'
import { decideAgain } from './decide-again.ts'
import { type Finding, findReversals, type Looked } from './find-reversals.ts'
import { fundingAccountOf } from './funding-account.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { movePayment } from './move-payment.ts'

/**
 * Compares the bank's answer with the receipts we hold of it. Money that the bank took back is reversed; money that came
 * back is put where it was. Answers whether anything was written about this payment's money.
 */
export async function noteReversals(hub: Hub, asker: Asker, looked: Looked): Promise<boolean> {
  const findings = findReversals(looked, hub.clock.now())
  if (findings.length === 0) return false
  let changed = false
  for (const { receipt, finding } of findings) {
    if (finding === 'taken_back') changed = (await reverse(hub, asker, looked.at, receipt)) || changed
    if (finding === 'came_back') changed = (await putBack(hub, asker, looked.at, receipt)) || changed
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
  const isForgotten = finding === 'unknown_to_bank'
  await write(hub.db, {
    listings: [{ receiptId: receipt.id, listed: false, at: hub.clock.now() }],
    cases: isForgotten ? [raised] : [],
  })
}

/** The bank took the money back: everything that stood on it is undone, refunds that were not sent yet included. */
function reverse(hub: Hub, asker: Asker, at: BankAtWork, receipt: Receipt): Promise<boolean> {
  return decideAgain(hub, async () => {
    const position = await readPosition(hub.db, receipt.id)
    if (!position || position.reversed || position.bankMinor === 0n) return false
    const inFlight = position.refunds.find((one) => one.status === 'processing' || one.status === 'requires_evidence')
    if (inFlight) {
      await write(hub.db, { cases: [unclear(at, position, inFlight.id)] })
      return false
    }
    const money = { amountMinor: position.bankMinor, currency: position.currency }
    const sentence = `${at.code} took back ${showMoney(money)} (${position.bankTransactionId}).`
    await writeAbout(hub, asker, position, sentence, 'gateway.payment.reversed', {
      ...calledOff(asker, position, sentence),
      postings: [reversalOf(position, sentence)],
      listings: [{ receiptId: position.receiptId, listed: true, at: hub.clock.now() }],
      cases: [caseOf(at, position, 'reversed', `${sentence} ${whatStood(position)}`)],
    })
    return true
  })
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

/** The money is listed again: what the reversal undid stands as before, and a person hears of it. */
function putBack(hub: Hub, asker: Asker, at: BankAtWork, receipt: Receipt): Promise<boolean> {
  return decideAgain(hub, async () => {
    const position = await readPosition(hub.db, receipt.id)
    if (!position?.reversed) return false
    const { bankCode, currency, reversalCredits } = position
    const money = { amountMinor: sumMinor(reversalCredits), currency }
    const sentence = `${at.code} lists ${showMoney(money)} (${position.bankTransactionId}) again, which it had taken back.`
    const heldAgain = reversalCredits.find((credit) => credit.account === suspenseAccount(bankCode))?.minor ?? 0n
    await writeAbout(hub, asker, position, sentence, undefined, {
      postings: [
        {
          receiptId: position.receiptId,
          expectedJournals: position.journals,
          journals: [{ kind: 'adjustment', memo: sentence, entries: postReturn(bankCode, currency, reversalCredits) }],
          takes: intoSuspense(position, heldAgain),
        },
      ],
      cases: [caseOf(at, position, 'reversal_returned', sentence)],
    })
    return true
  })
}

/** Spreads what comes back over the rows it was taken from. */
function intoSuspense(position: Position, amountMinor: bigint): { suspenseId: number; amountMinor: bigint }[] {
  let left = amountMinor
  return position.suspense.flatMap((row) => {
    const room = row.amountMinor - row.remainingMinor
    const back = room < left ? room : left
    left -= back
    return back > 0n ? [{ suspenseId: row.id, amountMinor: -back }] : []
  })
}

/** Writes it with an event of every payment that the money named or settled. */
async function writeAbout(
  hub: Hub,
  asker: Asker,
  position: Position,
  sentence: string,
  type: 'gateway.payment.reversed' | undefined,
  writes: Omit<Writes, 'steps'>,
): Promise<void> {
  const audit = [
    {
      actor: asker.actor,
      action: type === undefined ? 'receipt.returned' : 'receipt.reversed',
      object: `receipt ${position.receiptId}`,
      reason: sentence,
      correlationId: asker.correlationId,
    },
  ]
  const numbers = new Set(
    [position.paymentNumber, ...position.applications.map((one) => one.paymentNumber)].filter(
      (number) => number !== undefined,
    ),
  )
  const payments = (await Promise.all([...numbers].map((number) => readPayment(hub.db, number)))).filter(
    (payment) => payment !== undefined,
  )
  const receipt = describeReceipt({
    bankTransactionId: position.bankTransactionId,
    amount: { amountMinor: position.amountMinor, currency: position.currency },
    paidAt: position.paidAt,
    proof: position.proof,
  })
  const changes = payments.map((payment) => ({
    payment,
    change: {
      sentence,
      events:
        type === undefined
          ? []
          : [{ type, body: describePayment(payment, payment.status, { bank: position.bankCode, receipt }) }],
    },
  }))
  hub.log.warn(
    {
      event: type === undefined ? 'receipt.returned' : 'receipt.reversed',
      bank: position.bankCode,
      receiptId: position.receiptId,
    },
    sentence,
  )
  await movePayment(hub, asker, changes, { ...writes, audit })
}

function caseOf(at: BankAtWork, position: Position, kind: 'reversed' | 'reversal_returned', sentence: string) {
  return {
    kind,
    dedupeKey: `${kind}:${position.receiptId}:${position.journals}`,
    bankCode: at.code,
    paymentNumber: position.applications[0]?.paymentNumber ?? position.paymentNumber,
    inboxId: undefined,
    sentence,
    evidence: { receipt: position.receiptId, bankTransactionId: position.bankTransactionId },
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

function whatStood(position: Position): string {
  const numbers = position.applications.map((one) => one.paymentNumber)
  if (numbers.length === 0) return 'It had settled nothing.'
  return `It had settled payment ${numbers.join(' and ')}, whose status stays; what was credited for it stands until a person decides.`
}

function sum(rows: readonly { readonly amountMinor: bigint }[]): bigint {
  return rows.reduce((total, row) => total + row.amountMinor, 0n)
}

function sumMinor(rows: readonly { readonly minor: bigint }[]): bigint {
  return rows.reduce((total, row) => total + row.minor, 0n)
}
