import type { Command } from 'commander'
import { refundStatuses } from '../domain/refund.ts'
import { approveRefund, cancelRefund, showEvidence } from '../flows/decide-refund.ts'
import type { Hub } from '../flows/hub.ts'
import type { Operator } from '../flows/operator.ts'
import { requestRefund } from '../flows/request-refund.ts'
import { viewOfRefund } from '../http/v1/views.ts'
import { isId, newId } from '../kit/ids.ts'
import { showMoney } from '../money/money.ts'
import { listRefunds, type ListedRefund, readListedRefund } from '../store/refunds.ts'
import { type ActingOptions, actingOptions, asOperator } from './as-operator.ts'
import { findPayment, readListFilter } from './find-payment.ts'
import { UsageError } from './usage-error.ts'
import { readLimit, readWord, usualRows, withDatabase } from './with-database.ts'

type ListOptions = { status?: string; bank?: string; payment?: string; limit: string; json?: true }
type CreateOptions = ActingOptions & { payment: string; amount?: string }
type EvidenceOptions = ActingOptions & { bankReference: string; paidAt: string }

export function refundCommand(program: Command): void {
  const refund = program.command('refund').description('money that goes back')
  refund
    .command('list')
    .description('list refunds, the newest first')
    .option('--status <status>', `one of ${refundStatuses.join(', ')}`)
    .option('--bank <code>', "a bank's code")
    .option('--payment <id>', 'the payment: its number or its pay_… id')
    .option('--limit <rows>', 'how many at most, 1 to 1000', usualRows)
    .option('--json', 'print JSON')
    .action((options: ListOptions) => list(program, options))
  refund
    .command('show')
    .description('show a refund')
    .argument('<id>', 'the rfd_… id')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: true }) => show(program, id, options.json === true))
  actingOptions(refund.command('create').description('send back what a payment was settled with'))
    .requiredOption('--payment <id>', 'the payment: its number or its pay_… id')
    .option('--amount <amount>', 'a part, such as 5.00; all that is left unless given')
    .action((options: CreateOptions) => create(program, options))
  const deciding = (name: string, description: string) =>
    actingOptions(refund.command(name).description(description).argument('<id>', 'the rfd_… id'))
  deciding('approve', 'agree to a refund that another operator asked for').action(
    (id: string, options: ActingOptions) =>
      decide(program, id, options, (hub, asker) => approveRefund(hub, asker, id, options.reason)),
  )
  deciding('cancel', 'call off a refund that was not sent').action((id: string, options: ActingOptions) =>
    decide(program, id, options, (hub, asker) => cancelRefund(hub, asker, id, options.reason)),
  )
  deciding('evidence', 'show that a person has sent a manual refund; --reason says who, and where the proof is')
    .requiredOption('--bank-reference <text>', "the bank's own reference of the transfer")
    .requiredOption('--paid-at <moment>', 'when it was sent, such as 2026-01-07T12:00:00+07:00')
    .action((id: string, options: EvidenceOptions) => prove(program, id, options))
}

/** A refund in one sentence. */
export function sayRefund(refund: ListedRefund): string {
  const of = refund.suspenseId === undefined ? `payment ${refund.paymentNumber}` : `sus_${refund.suspenseId}`
  return `${refund.id}: ${showMoney(refund)} of ${of} through ${refund.bankCode}, asked by ${refund.requestedBy} (${refund.reason}): ${refund.status}. ${refund.sentence}`
}

function list(program: Command, options: ListOptions): Promise<void> {
  const most = readLimit(options.limit)
  const status = readWord('--status', refundStatuses, options.status)
  return withDatabase(program, async (db) => {
    const refunds = await listRefunds(db, {
      status,
      ...(await readListFilter(db, options)),
      suspenseId: undefined,
      before: undefined,
      most,
    })
    if (options.json) console.log(JSON.stringify(refunds.map(viewOfRefund)))
    else console.log(refunds.length === 0 ? 'There is no refund that fits.' : refunds.map(sayRefund).join('\n'))
  })
}

function show(program: Command, id: string, json: boolean): Promise<void> {
  checkId(id)
  return withDatabase(program, async (db) => {
    const refund = await readListedRefund(db, id)
    if (!refund) throw new Error(`There is no refund ${id}.`)
    console.log(json ? JSON.stringify(viewOfRefund(refund)) : sayRefund(refund))
  })
}

function create(program: Command, options: CreateOptions): Promise<void> {
  const { amount, reason } = options
  return decide(program, newId('rfd'), options, async (hub, asker, id) => {
    const { number } = await findPayment(hub.db, options.payment)
    await requestRefund(hub, asker, { id, of: { paymentNumber: number }, amount, reason })
  })
}

function prove(program: Command, id: string, options: EvidenceOptions): Promise<void> {
  const paidAt = new Date(options.paidAt)
  if (!/^\d{4}-\d\d-\d\dT/.test(options.paidAt) || !(paidAt.getTime() <= Date.now()))
    throw new UsageError(`--paid-at: "${options.paidAt}" must be a past moment such as 2026-01-07T12:00:00+07:00.`)
  const evidence = { bankReference: options.bankReference, paidAt, note: options.reason }
  if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/.test(evidence.bankReference))
    throw new UsageError('--bank-reference: write 1 to 64 ASCII characters.')
  return decide(program, id, options, (hub, asker) => showEvidence(hub, asker, id, evidence))
}

function decide(
  program: Command,
  id: string,
  options: ActingOptions,
  act: (hub: Hub, asker: Operator, id: string) => Promise<unknown>,
): Promise<void> {
  checkId(id)
  return asOperator(program, options, async (hub, asker) => {
    await act(hub, asker, id)
    const refund = await readListedRefund(hub.db, id)
    if (refund) console.log(options.json ? JSON.stringify(viewOfRefund(refund)) : sayRefund(refund))
  })
}

function checkId(id: string): void {
  if (!isId('rfd', id)) throw new UsageError(`"${id.slice(0, 60)}" is no refund: write an id that begins with rfd_.`)
}
