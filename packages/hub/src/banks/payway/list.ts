import type { CallContext } from '../../kit/call.ts'
import type { Deadline } from '../../kit/deadline.ts'
import { isJsonObject } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import type { Exchange } from '../../kit/trouble.ts'
import type { Currency } from '../../money/money.ts'
import { Doubt, readId, readMoney, shown } from '../answer.ts'
import type { ListedMovement, MerchantAccount } from '../bank.ts'
import { askDone, trouble } from './api.ts'
import type { Parts, Said } from './api.ts'
import { writeBankTime } from './bank-time.ts'
import { secondMovementId } from './tran-id.ts'
import { readTran } from './translate.ts'
import type { Tran } from './translate.ts'

const operation = 'transaction-list'
/** PayWay gives up to 1,000; so many are read with room to spare below the largest answer that we take. */
const rowsPerPage = 500
/** More than this in three days is not read page by page within a minute's calls. */
const mostPages = 100
/** PayWay takes three days at most, and counts the day that a window begins in as one. */
const daysPerCall = 3
const dayMs = 86_400_000
const offsetMs = 7 * 3_600_000
/** Clocks differ, and PayWay's windows end with a whole second. */
const marginMs = 60_000

type Window = { readonly from: Date; readonly to: Date }
type Row = { readonly tranId: string; readonly tran: Tran; readonly fields: JsonObject }

/**
 * Every movement that PayWay lists on an account in a time, by when it was paid: unpaid codes are not among them, and what
 * is not in the list may have been paid all the same. Throws `Trouble`: `quota` where the minute's 50 calls are used up,
 * `unreadable` for a row that cannot be read, as a list without it would be a wrong one.
 */
export async function listMovements(
  parts: Parts,
  account: MerchantAccount,
  window: Window,
  context: CallContext,
): Promise<{ movements: ListedMovement[]; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = []
  const rows: Row[] = []
  for (const part of partsOf(window)) {
    const read = { parts, merchantId: account.accountNumber, context, exchanges }
    rows.push(...(await readAllPages(read, part)))
  }
  const said = exchanges.at(-1)
  const movements = orDoubt(parts, said, () => movementsOf(rows, account.currency))
  const isWithin = ({ paidAt }: ListedMovement): boolean =>
    paidAt !== undefined && paidAt >= window.from && paidAt <= window.to
  return { movements: movements.filter(isWithin), exchanges }
}

/**
 * What the list says of one transaction, a row for each charge: for when detail's calls are used up. None where it is not
 * listed yet. `madeAt`: when its code was made. Throws as `listMovements` does.
 */
export async function readListed(
  parts: Parts,
  wanted: { readonly merchantId: string; readonly reference: string; readonly madeAt: Date },
  context: CallContext,
  deadline?: Deadline,
): Promise<{ rows: Tran[]; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = []
  const latest = wanted.madeAt.getTime() + dayMs
  const now = parts.clock.now().getTime() + marginMs
  const window = { from: new Date(wanted.madeAt.getTime() - marginMs), to: new Date(Math.min(now, latest)) }
  const read = { parts, merchantId: wanted.merchantId, context, exchanges, deadline }
  const rows = await readAllPages(read, window)
  return { rows: rows.flatMap(({ tranId, tran }) => (tranId === wanted.reference ? [tran] : [])), exchanges }
}

/** Cut where PayWay's days begin. Both ends are within: a second apart, so that nothing lies between two of them. */
function partsOf({ from, to }: Window): Window[] {
  const cut: Window[] = []
  for (let at = from.getTime(); at <= to.getTime(); ) {
    const day = Math.floor((at + offsetMs) / dayMs)
    const next = (day + daysPerCall) * dayMs - offsetMs
    cut.push({ from: new Date(at), to: new Date(Math.min(to.getTime(), next - 1_000)) })
    at = next
  }
  return cut
}

type Reading = {
  readonly parts: Parts
  readonly merchantId: string
  readonly context: CallContext
  readonly exchanges: Exchange[]
  readonly deadline?: Deadline | undefined
}

async function readAllPages({ parts, merchantId, context, exchanges, deadline }: Reading, part: Window) {
  const rows: Row[] = []
  for (let page = 1; page <= mostPages; page += 1) {
    const fields = {
      from_date: writeBankTime(part.from),
      to_date: writeBankTime(part.to),
      page: String(page),
      pagination: String(rowsPerPage),
    }
    const said = await askDone(parts, { operation, merchantId, fields }, context, deadline)
    exchanges.push(...said.exchanges)
    const read = orDoubt(parts, said.exchanges.at(-1), () => readRows(said))
    rows.push(...read)
    if (read.length < rowsPerPage) return rows
  }
  const why = `more than ${mostPages * rowsPerPage} rows between ${writeBankTime(part.from)} and ${writeBankTime(part.to)}`
  throw trouble(parts, operation, 'unreadable', why, { outcome: 'unknown' })
}

function readRows({ body }: Said): Row[] {
  const { data } = body
  if (!Array.isArray(data)) throw new Doubt('data is no list')
  return data.map((fields: unknown): Row => {
    if (!isJsonObject(fields)) throw new Doubt('a row is no object')
    const tranId = readId(fields['transaction_id'])
    if (tranId === undefined) throw new Doubt(`a row is about transaction ${shown(fields['transaction_id'])}`)
    return { tranId, tran: readTran({ data: fields }, tranId), fields }
  })
}

/** What was paid, the oldest first. A row that moved to the next page meanwhile is there twice, and counts once. */
function movementsOf(rows: readonly Row[], currency: Currency): ListedMovement[] {
  const paid = rows.filter(({ tran }) => tran.state === 'paid' || tran.state === 'undone').map(refuseStranger)
  const ours = paid
    .filter(({ tran }) => tran.currency === currency)
    .toSorted((a, b) => (a.tran.madeAt?.getTime() ?? 0) - (b.tran.madeAt?.getTime() ?? 0))
  const found = new Map<string, { row: Row; movement: ListedMovement }>()
  for (const row of ours) {
    const first = found.get(row.tranId)?.row
    const id = first && !isSame(first, row) ? secondId(row) : row.tranId
    found.set(id, { row, movement: movementOf(id, row, currency) })
  }
  return [...found.values()].map(({ movement }) => movement)
}

function refuseStranger(row: Row): Row {
  const { currency, madeAt } = row.tran
  if (currency === undefined) {
    throw new Doubt(`${row.tranId} is in ${shown(row.fields['original_currency'])}, neither USD nor KHR`)
  }
  if (madeAt === undefined) throw new Doubt(`${row.tranId} was paid at ${shown(row.fields['transaction_date'])}`)
  return row
}

function isSame(one: Row, other: Row): boolean {
  return one.tran.bankRef === other.tran.bankRef && one.tran.madeAt?.getTime() === other.tran.madeAt?.getTime()
}

function secondId({ tranId, tran }: Row): string {
  if (tran.bankRef === undefined) throw new Doubt(`${tranId} is listed twice, and a charge of it has no bank_ref`)
  return secondMovementId(tranId, tran.bankRef)
}

function movementOf(bankTransactionId: string, { tranId, tran }: Row, currency: Currency): ListedMovement {
  return {
    bankTransactionId,
    reference: tranId,
    keyedBy: 'bank',
    amount: readMoney(tran.originalAmount, currency),
    payeeAccount: undefined,
    payer: tran.payer,
    paidAt: tran.madeAt,
    reversed: tran.state === 'undone',
  }
}

function orDoubt<Read>(parts: Parts, exchange: Exchange | undefined, read: () => Read): Read {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    const why = `the list cannot be read: ${error.message}`
    throw trouble(parts, operation, 'unreadable', why, { exchange, outcome: 'unknown' })
  }
}
