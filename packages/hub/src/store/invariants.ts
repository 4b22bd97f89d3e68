import type { Db } from './db.ts'
import { auditChain } from './invariants/audit.ts'
import { conservation, zeroSum } from './invariants/books.ts'
import { noOrphanMessage, outboxComplete } from './invariants/messages.ts'
import { creditedOnce, monotone } from './invariants/payments.ts'

/** What holds always, and what each says when it does. Checked by flows/check-invariants.ts. */
export const invariants = [
  {
    name: 'conservation',
    means:
      'Every receipt is applied, in suspense, refunded, written off or reversed, to the last unit, and the ledger says the same.',
  },
  { name: 'zero_sum', means: 'Every journal sums to zero per currency.' },
  {
    name: 'credited_once',
    means:
      'A completed payment has receipts applied that add up to its amount, and no other payment has; its credit is of it, and is done once, just when the integration service was told.',
  },
  {
    name: 'monotone',
    means:
      'The recorded history of every payment only contains moves of the status table, and ends where the payment stands.',
  },
  {
    name: 'no_orphan_message',
    means: 'Every bank message that was answered with 2xx reached an outcome; every other undecided one is scheduled.',
  },
  {
    name: 'outbox_complete',
    means:
      'Every status change has its event, in order; sequences have no hole; every event that somebody must hear has its delivery.',
  },
  {
    name: 'qr_truth',
    means: 'Every code that was shown says the amount, the currency, the payee and the reference of its payment.',
  },
  { name: 'audit_chain', means: 'The audit log is sealed, and no sealed row was changed or taken away.' },
] as const

export type InvariantName = (typeof invariants)[number]['name']

/** Each query answers one row per violation, with a sentence that says which rows. */
const queries: Readonly<Partial<Record<InvariantName, string>>> = {
  conservation,
  zero_sum: zeroSum,
  credited_once: creditedOnce,
  monotone,
  no_orphan_message: noOrphanMessage,
  outbox_complete: outboxComplete,
  audit_chain: auditChain,
}

/** A check reads whole tables: it may take this long, in milliseconds, where every other statement has 10 s. */
export const longestCheckMs = 300_000

/** So many sentences are written out; the rest is counted. */
export const mostSentences = 20

export type Violations = { readonly found: number; readonly sentences: readonly string[] }

export type Search = {
  /** A hub has been running for longer than an audit row may wait for its seal. */
  readonly isSealing: boolean
  /** Ends the search, which then throws. */
  readonly signal: AbortSignal | undefined
}

/** What SQL finds of this invariant, in the database as it is now. */
export async function findViolations(db: Db, name: InvariantName, search: Search): Promise<Violations> {
  const query = queries[name]
  if (query === undefined) return { found: 0, sentences: [] }
  const rows = await unhurried<{ sentence: string; found: string }>(
    db,
    `select sentence, count(*) over () as found from (${query}) as v order by length(sentence), sentence limit ${mostSentences}`,
    query.includes('$1') ? [search.isSealing] : [],
    search.signal,
  )
  return { found: Number(rows[0]?.found ?? 0), sentences: rows.map((row) => row.sentence) }
}

/** One core, as payments need theirs; no compiling; memory enough to join whole tables without writing them to disk. */
const checkSettings = {
  statement_timeout: `${longestCheckMs}ms`,
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  work_mem: '64MB',
}

/** On a connection of its own for the time of the check: everybody else keeps the limits they have. */
async function unhurried<Row extends object>(
  db: Db,
  sql: string,
  values: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  const client = await db.pool.connect()
  let isClean = false
  let cancel: () => void = () => {}
  try {
    const settings = Object.entries(checkSettings).map(([name, value]) => `set_config('${name}', '${value}', false)`)
    const { rows: own } = await client.query<{ pid: number }>(`select pg_backend_pid() as pid, ${settings.join(', ')}`)
    // A hub that stops does not wait for a check. Where the cancelling fails, the check's own end is waited for.
    cancel = () => void db.pool.query('select pg_cancel_backend($1)', [own[0]?.pid]).catch(() => {})
    signal?.throwIfAborted()
    signal?.addEventListener('abort', cancel, { once: true })
    const { rows } = await client.query<Row>(sql, [...values])
    for (const name of Object.keys(checkSettings)) await client.query(`reset ${name}`)
    // A cancelling that is still on its way must not meet somebody else's statement.
    isClean = signal?.aborted !== true
    return rows
  } finally {
    signal?.removeEventListener('abort', cancel)
    // One that failed goes: nobody else gets a connection with these limits.
    client.release(!isClean)
  }
}

export type ShownCode = {
  readonly attemptId: number
  readonly paymentNumber: number
  readonly qrString: string
  readonly qrMd5: string | null
  readonly amountMinor: string
  readonly currency: string
  readonly reference: string
  readonly bankCode: string
  readonly accountNumber: string
  readonly payeeAccount: string
  readonly payeeMerchantId: string | null
}

/** Codes that were shown before this attempt (undefined: all), newest first, with what they must say. */
export async function readShownCodes(db: Db, before: number | undefined, most: number): Promise<ShownCode[]> {
  return db.query<ShownCode>(
    'shown_codes',
    `select a.id::float8 as "attemptId", a.payment_number::float8 as "paymentNumber", a.qr_string as "qrString", a.qr_md5 as "qrMd5",
        p.amount_minor::text as "amountMinor", p.currency, a.reference, a.bank_code as "bankCode",
        m.account_number as "accountNumber", m.payee_account as "payeeAccount", m.payee_merchant_id as "payeeMerchantId"
      from attempts a join payments p on p.number = a.payment_number join merchant_accounts m on m.id = a.merchant_account_id
      where a.qr_string is not null and a.id < $1 order by a.id desc limit $2`,
    [before ?? '9223372036854775807', most],
  )
}

/** What waits for a person or for its time: notes, not failures. */
export async function readOpenWork(db: Db): Promise<{ suspense: number; cases: number; waiting: number; due: number }> {
  const rows = await db.query<{ suspense: number; cases: number; waiting: number; due: number }>(
    'open_work',
    `select (select count(*)::int from suspense where state = 'open') as suspense,
        (select count(*)::int from cases where state = 'open') as cases,
        (select count(*)::int from inbox where decided_at is null) as waiting,
        (select count(*)::int from event_deliveries where state = 'due') as due`,
    [],
  )
  const [row] = rows
  if (!row) throw new Error('open_work answered nothing')
  return row
}
