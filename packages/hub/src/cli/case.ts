import type { Command } from 'commander'
import { caseKinds } from '../domain/match.ts'
import { bookConfirmation } from '../flows/book-confirmation.ts'
import { closeCase } from '../flows/close-case.ts'
import { withoutKey } from '../flows/idempotency.ts'
import { viewOfCase } from '../http/v1/views.ts'
import { type Case, caseOutcomes, listCases, readCase } from '../store/cases.ts'
import { type ActingOptions, actingOptions, asOperator } from './as-operator.ts'
import { readListFilter } from './find-payment.ts'
import { table } from './table.ts'
import { UsageError } from './usage-error.ts'
import { readLimit, readRowId, readWord, usualRows, withDatabase } from './with-database.ts'

type ListOptions = {
  state: string
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
    .option('--kind <kind>', `one of ${caseKinds.join(', ')}`)
    .option('--bank <code>', "a bank's code")
    .option('--payment <id>', 'payment number such as 150001, or its pay_… id')
    .option('--limit <rows>', 'how many at most, 1 to 1000', usualRows)
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
  actingOptions(
    cases
      .command('book')
      .description('book the money of a refused counter confirmation that the bank statement shows')
      .argument('<id>', 'the id, such as case_7')
      .requiredOption('--statement-line <text>', 'what finds the money on the bank statement'),
  ).action((id: string, options: ActingOptions & { statementLine: string }) => book(program, id, options))
}

function list(program: Command, options: ListOptions): Promise<void> {
  const most = readLimit(options.limit)
  const state = readWord('--state', ['open', 'closed'], options.state)
  const kind = readWord('--kind', caseKinds, options.kind)
  return withDatabase(program, async (db) => {
    const rows = await listCases(db, {
      state,
      kind,
      ...(await readListFilter(db, options)),
      before: undefined,
      most,
    })
    if (options.json) console.log(JSON.stringify(rows.map(viewOfCase)))
    else if (rows.length === 0) console.log(`There is no ${options.state} case that fits.`)
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
  })
}

function show(program: Command, id: string, json: boolean): Promise<void> {
  const number = readRowId('case', id)
  return withDatabase(program, async (db) => {
    const found = await readCase(db, number)
    if (!found) throw new Error(`There is no case ${id}.`)
    console.log(json ? JSON.stringify(viewOfCase(found)) : inWords(found))
  })
}

function close(program: Command, id: string, options: ActingOptions & { outcome: string }): Promise<void> {
  const number = readRowId('case', id)
  const outcome = readWord('--outcome', caseOutcomes, options.outcome) ?? 'resolved'
  return asOperator(program, options, async (hub, asker) => {
    const decision = { operator: asker.operator, outcome, reason: options.reason }
    const closed = await closeCase(hub, asker, number, decision, withoutKey(id))
    console.log(options.json ? JSON.stringify(viewOfCase(closed)) : inWords(closed))
  })
}

function book(program: Command, id: string, options: ActingOptions & { statementLine: string }): Promise<void> {
  const number = readRowId('case', id)
  const { statementLine, reason } = options
  if (!/^(?=[\s\S]*\S)[\s\S]{1,200}$/.test(statementLine))
    throw new UsageError('--statement-line: write 1 to 200 characters that find the money on the bank statement.')
  return asOperator(program, options, async (hub, asker) => {
    const booked = await bookConfirmation(hub, asker, number, { statementLine, reason }, withoutKey(id))
    console.log(options.json ? JSON.stringify(viewOfCase(booked)) : inWords(booked))
  })
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
