import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { closeCase } from '../flows/close-case.ts'
import { withoutKey } from '../flows/idempotency.ts'
import { viewOfCase } from '../http/v1/cases.ts'
import { findPaymentNumberOf } from '../http/v1/find-payment.ts'
import { type Case, type CaseOutcome, caseOutcomes, listCases, readCase } from '../store/cases.ts'
import { type ActingOptions, actingOptions, asOperator } from './as-operator.ts'
import { reachDatabase } from './reach-database.ts'
import { table } from './table.ts'
import { UsageError } from './usage-error.ts'

/** Rows printed at most, unless told. */
const usualRows = 50

type ListOptions = {
  state?: string
  kind?: string
  bank?: string
  payment?: string
  limit: string
  json?: true
}

export function caseCommand(program: Command): void {
  const cases = program.command('case').description('doubts that a person must decide')
  cases
    .command('list')
    .description('list cases, the newest first')
    .option('--state <state>', 'open or closed; open unless given', 'open')
    .option('--kind <kind>', 'a kind of case, such as old_money')
    .option('--bank <code>', "a bank's code")
    .option('--payment <id>', 'payment number such as 150001, or its pay_… id')
    .option('--limit <rows>', 'how many at most, 1 to 1000', String(usualRows))
    .option('--json', 'print JSON')
    .action((options: ListOptions) => list(program, options))
  cases
    .command('show')
    .description('show a case with its evidence')
    .argument('<id>', 'the id, such as case_7')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: true }) => show(program, id, options.json === true))
  actingOptions(
    cases
      .command('close')
      .description('close an open case, once')
      .argument('<id>', 'the id, such as case_7')
      .requiredOption('--outcome <word>', `one of ${caseOutcomes.join(', ')}`),
  ).action((id: string, options: ActingOptions & { outcome: string }) => close(program, id, options))
}

async function list(program: Command, options: ListOptions): Promise<void> {
  const { state, payment } = options
  if (state !== 'open' && state !== 'closed') throw new UsageError(`--state: "${state}" must be open or closed.`)
  const most = /^\d{1,4}$/.test(options.limit) ? Number(options.limit) : 0
  if (most < 1 || most > 1_000) throw new UsageError(`--limit: "${options.limit}" must be 1 to 1000.`)
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    const rows = await listCases(db, {
      state,
      kind: options.kind,
      bankCode: options.bank?.toUpperCase(),
      paymentNumber: payment === undefined ? undefined : await findPaymentNumberOf(db, payment),
      before: undefined,
      most,
    })
    if (options.json) console.log(JSON.stringify(rows.map(viewOfCase)))
    else if (rows.length === 0) console.log(`There is no ${state} case that fits.`)
    else
      console.log(
        table([
          ['ID', 'KIND', 'BANK', 'PAYMENT', 'OPENED', 'WHAT'],
          ...rows.map((one) => [
            `case_${one.id}`,
            one.kind,
            one.bankCode ?? '-',
            String(one.payment?.number ?? '-'),
            one.openedAt.toISOString(),
            one.sentence,
          ]),
        ]),
      )
  } finally {
    await db.close()
  }
}

async function show(program: Command, id: string, json: boolean): Promise<void> {
  const number = numberOf(id)
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    const found = await readCase(db, number)
    if (!found) throw new Error(`There is no case ${id}.`)
    console.log(json ? JSON.stringify(viewOfCase(found)) : inWords(found))
  } finally {
    await db.close()
  }
}

function close(program: Command, id: string, options: ActingOptions & { outcome: string }): Promise<void> {
  const number = numberOf(id)
  const outcome = caseOutcomes.find((word) => word === options.outcome)
  if (outcome === undefined)
    throw new UsageError(`--outcome: "${options.outcome}" must be one of ${caseOutcomes.join(', ')}.`)
  return asOperator(program, options, async (hub, asker) => {
    const decision: { operator: string; outcome: CaseOutcome; reason: string } = {
      operator: asker.operator,
      outcome,
      reason: options.reason,
    }
    const closed = await closeCase(hub, asker, number, decision, withoutKey(id))
    console.log(options.json ? JSON.stringify(viewOfCase(closed)) : inWords(closed))
  })
}

function numberOf(id: string): number {
  const number = /^(?:case_)?([1-9]\d{0,14})$/.exec(id)?.[1]
  if (number === undefined) throw new UsageError(`"${id.slice(0, 60)}" is no case: write an id such as case_7.`)
  return Number(number)
}

function inWords(one: Case): string {
  const rows = [
    ['kind', one.kind],
    ['what', one.sentence],
    ['bank', one.bankCode ?? '-'],
    ['payment', one.payment ? `${one.payment.number} ${one.payment.id}` : '-'],
    ['opened', one.openedAt.toISOString()],
    ...(one.closed
      ? [['closed', `${one.closed.at.toISOString()} by ${one.closed.by}: ${one.closed.outcome}, ${one.closed.reason}`]]
      : [['closed', 'not yet']]),
    ['evidence', JSON.stringify(one.evidence, null, 2)],
  ]
  return `case_${one.id}\n${table(rows)}`
}
