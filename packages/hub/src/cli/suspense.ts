import type { Command } from 'commander'
import { suspenseReasons } from '../domain/payment.ts'
import { requestRefund } from '../flows/request-refund.ts'
import { resolveSuspense, type SuspenseOrder } from '../flows/resolve-suspense.ts'
import { viewOfAct, viewOfHeldMoney, viewOfRefund } from '../http/v1/views.ts'
import { newId } from '../kit/ids.ts'
import { showMoney } from '../money/money.ts'
import { type ListedAct, listActs, readListedAct } from '../store/acts.ts'
import { listRefunds, readListedRefund } from '../store/refunds.ts'
import { listHeldMoney, readHeldMoney } from '../store/suspense.ts'
import { sayAct } from './act.ts'
import { type ActingOptions, actingOptions, asOperator } from './as-operator.ts'
import { findPayment, readListFilter } from './find-payment.ts'
import { sayRefund } from './refund.ts'
import { table } from './table.ts'
import { readLimit, readRowId, readWord, usualRows, withDatabase } from './with-database.ts'

type ListOptions = { state: string; reason?: string; bank?: string; payment?: string; limit: string; json?: true }

export function suspenseCommand(program: Command): void {
  const suspense = program.command('suspense').description('money that arrived and fits nothing')
  suspense
    .command('list')
    .description('list money in suspense, the newest first')
    .option('--state <state>', 'open or resolved; open unless given', 'open')
    .option('--reason <reason>', 'why it is held, such as overpaid')
    .option('--bank <code>', "a bank's code")
    .option('--payment <id>', 'the payment it named: its number or its pay_… id')
    .option('--limit <rows>', 'how many at most, 1 to 1000', usualRows)
    .option('--json', 'print JSON')
    .action((options: ListOptions) => list(program, options))
  suspense
    .command('show')
    .description('show held money with its acts and refunds')
    .argument('<id>', 'the id, such as sus_12')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: true }) => show(program, id, options.json === true))
  const acting = (name: string, description: string) =>
    actingOptions(
      suspense
        .command(name)
        .description(description)
        .argument('<id>', 'the id, such as sus_12')
        .option('--amount <amount>', 'a part, such as 5.00; all that fits unless given'),
    )
  acting('apply', 'apply held money to a payment')
    .requiredOption('--payment <id>', 'the payment: its number or its pay_… id')
    .action((id: string, options: PartOptions & { payment: string }) => apply(program, id, options))
  acting('refund', 'send held money back').action((id: string, options: PartOptions) => refund(program, id, options))
  acting('write-off', 'write held money off').action((id: string, options: PartOptions) =>
    resolve(program, options, () => Promise.resolve({ ...orderOf(id, options), kind: 'write_off' })),
  )
}

type PartOptions = ActingOptions & { amount?: string }

/** Acts and refunds of one row shown with it, at most. */
const mostShown = 100

function list(program: Command, options: ListOptions): Promise<void> {
  const most = readLimit(options.limit)
  const state = readWord('--state', ['open', 'resolved'], options.state)
  const reason = readWord('--reason', suspenseReasons, options.reason)
  return withDatabase(program, async (db) => {
    const rows = await listHeldMoney(db, {
      state,
      reason,
      ...(await readListFilter(db, options)),
      before: undefined,
      most,
    })
    if (options.json) console.log(JSON.stringify(rows.map(viewOfHeldMoney)))
    else if (rows.length === 0) console.log(`There is no ${options.state} money in suspense that fits.`)
    else
      console.log(
        table([
          ['ID', 'REASON', 'LEFT', 'OF', 'BANK', 'TRANSACTION', 'PAYMENT', 'PAID'],
          ...rows.map((one) => [
            `sus_${one.id}`,
            one.reason,
            showMoney({ amountMinor: one.remainingMinor, currency: one.currency }),
            showMoney(one),
            one.bankCode,
            one.bankTransactionId,
            String(one.payment?.number ?? one.reference),
            one.paidAt.toISOString(),
          ]),
        ]),
      )
  })
}

function show(program: Command, id: string, json: boolean): Promise<void> {
  const number = readRowId('sus', id)
  return withDatabase(program, async (db) => {
    const found = await readHeldMoney(db, number)
    if (!found) throw new Error(`There is no money in suspense with the id sus_${number}.`)
    const all = { before: undefined, most: mostShown, suspenseId: number, status: undefined }
    const acts = await listActs(db, { ...all, kind: undefined })
    const refunds = await listRefunds(db, { ...all, bankCode: undefined, paymentNumber: undefined })
    const view = viewOfHeldMoney(found)
    if (json) {
      console.log(JSON.stringify({ ...view, acts: acts.map(viewOfAct), refunds: refunds.map(viewOfRefund) }))
      return
    }
    const { payment, ...rest } = view
    const rows = Object.entries({ ...rest, payment: payment ? `${payment.number} ${payment.id}` : null })
    console.log(table(rows.map(([name, value]) => [name, String(value ?? '-')])))
    for (const sentence of [...acts.map(sayAct), ...refunds.map(sayRefund)]) console.log(sentence)
  })
}

function orderOf(id: string, options: PartOptions) {
  return {
    id: newId('act'),
    suspenseId: readRowId('sus', id),
    amount: options.amount,
    reason: options.reason,
  }
}

function apply(program: Command, id: string, options: PartOptions & { payment: string }): Promise<void> {
  const order = orderOf(id, options)
  return resolve(program, options, async (db) => {
    const { number } = await findPayment(db, options.payment)
    return { ...order, kind: 'apply', paymentNumber: number }
  })
}

function resolve(
  program: Command,
  options: PartOptions,
  order: (db: Parameters<typeof findPayment>[0]) => Promise<SuspenseOrder>,
): Promise<void> {
  return asOperator(program, options, async (hub, asker) => {
    const act = await resolveSuspense(hub, asker, await order(hub.db))
    print(await readListedAct(hub.db, act.id), options.json === true)
  })
}

function print(act: ListedAct | undefined, json: boolean): void {
  if (act) console.log(json ? JSON.stringify(viewOfAct(act)) : sayAct(act))
}

function refund(program: Command, id: string, options: PartOptions): Promise<void> {
  const { amount, reason } = options
  const of = { suspenseId: readRowId('sus', id) }
  return asOperator(program, options, async (hub, asker) => {
    const { id: refundId } = await requestRefund(hub, asker, { id: newId('rfd'), of, amount, reason })
    const made = await readListedRefund(hub.db, refundId)
    if (made) console.log(options.json ? JSON.stringify(viewOfRefund(made)) : sayRefund(made))
  })
}
