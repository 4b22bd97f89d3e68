import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { flagsOf, nameOfPayable, type Payment } from '../domain/payment.ts'
import { cancelPayment } from '../flows/cancel-payment.ts'
import { checkPayment } from '../flows/check-payment.ts'
import type { Asker } from '../flows/hub.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { printAmount, showMoney } from '../money/money.ts'
import { type ActingOptions, actingOptions, asOperator } from './as-operator.ts'
import { findPayment } from './find-payment.ts'
import { openRunning } from './open-running.ts'
import { addPaymentLog } from './payment-log.ts'
import { type Check, readChecks } from '../store/checks.ts'
import type { Db } from '../store/db.ts'
import { readPayment } from '../store/payments.ts'
import { readTimeline } from '../store/timeline.ts'
import { reachDatabase } from './reach-database.ts'
import { table } from './table.ts'

export function paymentCommand(program: Command): void {
  const payment = program.command('payment').description('look at a payment, or ask the bank about it')
  payment
    .command('show')
    .description('everything that happened to a payment')
    .argument('<id>', 'payment number such as 150001, its pay_… id, or the reference of one of its codes')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: true }) => show(program, id, options.json === true))
  payment
    .command('verify')
    .description('ask the bank about a payment now, and settle what it lists')
    .argument('<id>', 'payment number such as 150001, its pay_… id, or the reference of one of its codes')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: true }) => verify(program, id, options.json === true))
  addPaymentLog(program, payment)
  actingOptions(
    payment
      .command('cancel')
      .description('give a payment up, if its banks say that nobody paid it')
      .argument('<id>', 'payment number such as 150001, its pay_… id, or the reference of one of its codes'),
  ).action((id: string, options: ActingOptions) => cancel(program, id, options))
}

async function show(program: Command, id: string, json: boolean): Promise<void> {
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    const payment = await findPayment(db, id)
    const timeline = await readTimeline(db, payment.number)
    if (json) {
      console.log(JSON.stringify({ ...summary(payment), timeline }))
      return
    }
    console.log(heading(payment))
    console.log(table(timeline.map((row) => [row.at.toISOString(), row.what, row.sentence])))
  } finally {
    await db.close()
  }
}

async function verify(program: Command, id: string, json: boolean): Promise<void> {
  const config = readConfig({ file: program.opts<{ config?: string }>().config })
  const db = reachDatabase(config)
  const opened = await openRunning(config, db)
  try {
    const before = await findPayment(db, id)
    const { payment, answers } = await checkPayment(opened.hub, askerHere(), before)
    const checks = await readChecks(db, payment.number)
    if (json) {
      console.log(JSON.stringify({ ...summary(payment), answers, checks }))
      return
    }
    console.log(heading(payment))
    if (answers.length === 0) console.log('No bank was asked: no code of this payment was ever shown.')
    else
      console.log(
        table(
          answers.map(({ bankCode, state, movements }) => [
            bankCode,
            state,
            `${movements} movement(s)`,
            nextCheckOf(checks.find((check) => check.bankCode === bankCode)),
          ]),
        ),
      )
    for (const { bankCode } of answers)
      if (!opened.hub.banks.has(bankCode))
        console.log(
          `${bankCode} was not asked: it is not in this configuration. Name its file: khqr-hub --config FILE.`,
        )
    for (const sentence of await missingInWords(opened.hub.db, payment.number)) console.log(sentence)
  } finally {
    await opened.close()
    await db.close()
  }
}

/** Money in the books that its bank, asked, did not list: only a second look tells whether it took it back. */
async function missingInWords(db: Db, number: number): Promise<string[]> {
  const { receipts = [] } = (await readPayment(db, number)) ?? {}
  const missing = receipts.filter((receipt) => receipt.missingSince && !receipt.reversed)
  return [...new Set(missing.map((receipt) => receipt.bankCode))].map((bankCode) => {
    const count = missing.filter((receipt) => receipt.bankCode === bankCode).length
    const what = count === 1 ? 'movement in the books is' : 'movements in the books are'
    return (
      `${count} ${what} not listed by ${bankCode}. The second answer, a minute or more after the first, decides ` +
      'whether the bank took the money back: verify again, or leave it to the schedule.'
    )
  })
}

function cancel(program: Command, id: string, options: ActingOptions): Promise<void> {
  return asOperator(program, options, async (hub, asker) => {
    const payment = await cancelPayment(hub, asker, await findPayment(hub.db, id), { reason: options.reason })
    console.log(options.json ? JSON.stringify(summary(payment)) : heading(payment))
  })
}

function askerHere(): Asker {
  return { actor: 'operator (command line)', correlationId: newCorrelationId() }
}

function nextCheckOf(check: Check | undefined): string {
  if (!check) return 'not on the schedule'
  return check.nextAt ? `asked next at ${check.nextAt.toISOString()}` : 'not asked again by the schedule'
}

function summary(payment: Payment) {
  return {
    number: payment.number,
    id: payment.id,
    status: payment.status,
    flags: flagsOf(payment),
    amount: printAmount(payment.amount.amountMinor, payment.amount.currency),
    currency: payment.amount.currency,
    payable: {
      kind: payment.payableKind,
      biller: payment.biller,
      number: payment.billNumber,
      dueDate: payment.billKey,
    },
  }
}

function heading(payment: Payment): string {
  const flags = flagsOf(payment)
  const marks = flags.length === 0 ? '' : ` (${flags.join(', ')})`
  return `Payment ${payment.number} ${payment.id}: ${payment.status}${marks}, ${showMoney(payment.amount)} for ${nameOfPayable(payment)}\n`
}
