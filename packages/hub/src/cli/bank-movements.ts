import type { Command } from 'commander'
import type { ListedMovement } from '../banks/bank.ts'
import type { BankAtWork } from '../flows/hub.ts'
import { configuredBank } from '../flows/switch-bank.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { type Currency, printAmount } from '../money/money.ts'
import { table } from './table.ts'
import { UsageError } from './usage-error.ts'
import { readWord } from './with-database.ts'
import { withHub } from './with-hub.ts'

type Options = { readonly from: string; readonly to: string; readonly currency?: string; readonly json?: true }
type Row = ListedMovement & { readonly accountNumber: string; readonly currency: Currency }

/** `khqr-hub bank movements`: what a bank's own list of a time has, to be laid beside the books. */
export function addBankMovements(program: Command, bank: Command): void {
  bank
    .command('movements')
    .description('list what a bank says has come in; a day is a day of the bank')
    .argument('<code>', "the bank's code")
    .requiredOption('--from <time>', 'such as 2026-01-31 or 2026-01-31T08:00:00+07:00')
    .requiredOption('--to <time>', 'as above; of a day, its end')
    .option('--currency <currency>', 'USD or KHR; both, unless given')
    .option('--json', 'print JSON')
    .action((code: string, options: Options) =>
      withHub(program, async (hub) => {
        const at = configuredBank(hub, code)
        const rows = await read(at, options)
        if (options.json) return console.log(JSON.stringify(rows.map(viewOf)))
        if (rows.length === 0) return console.log(`${at.code} lists nothing in this time.`)
        console.log(table([['PAID', 'AMOUNT', 'CODE', 'MOVEMENT', 'ACCOUNT', 'PAYER'], ...rows.map(cells)]))
      }),
    )
}

/** Account by account: one bank's calls of a minute are counted together. */
async function read({ code, bank, accounts }: BankAtWork, options: Options): Promise<Row[]> {
  if (!bank.listMovements) throw new UsageError(`${code} has no list of movements to be asked for.`)
  const offset = bank.describe().timeZoneOffset
  const window = { from: readTime('--from', options.from, '00:00:00', offset), to: endOf(options, offset) }
  if (window.from > window.to) throw new UsageError(`--to: "${options.to}" is before --from: "${options.from}".`)
  const currency = readWord('--currency', ['USD', 'KHR'], options.currency?.toUpperCase())
  const rows: Row[] = []
  for (const account of accounts.filter((one) => currency === undefined || one.currency === currency)) {
    const call = { correlationId: newCorrelationId() }
    const { movements } = await bank.listMovements(account, window, call)
    rows.push(...movements.map((one) => ({ ...one, accountNumber: account.accountNumber, currency: account.currency })))
  }
  return rows.toSorted((a, b) => (a.paidAt?.getTime() ?? 0) - (b.paidAt?.getTime() ?? 0))
}

function endOf({ to }: Options, offset: string): Date {
  return readTime('--to', to, '23:59:59', offset)
}

/** A day, or a time without an offset, is the bank's. */
function readTime(option: string, text: string, ofDay: string, offset: string): Date {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  const hasOffset = /(Z|[+-]\d\d:?\d\d)$/i.test(text) && !isDay
  const at = new Date(isDay ? `${text}T${ofDay}${offset}` : hasOffset ? text : `${text}${offset}`)
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at.getTime())) return at
  throw new UsageError(`${option}: "${text.slice(0, 60)}" is no time: write 2026-01-31 or 2026-01-31T08:00:00+07:00.`)
}

function cells(row: Row): string[] {
  const state = row.reversed ? ' (taken back)' : ''
  return [
    row.paidAt?.toISOString() ?? '-',
    `${row.currency} ${amountOf(row)}${state}`,
    row.reference,
    row.bankTransactionId,
    row.accountNumber,
    row.payer ?? '-',
  ]
}

function amountOf({ amount }: Row): string {
  return amount ? printAmount(amount.amountMinor, amount.currency) : '-'
}

function viewOf(row: Row): object {
  return {
    paid_at: row.paidAt?.toISOString() ?? null,
    amount: amountOf(row),
    currency: row.currency,
    reference: row.reference,
    bank_transaction_id: row.bankTransactionId,
    account_number: row.accountNumber,
    payer: row.payer ?? null,
    reversed: row.reversed,
  }
}
