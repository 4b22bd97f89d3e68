import type { Db } from '../packages/hub/src/store/db.ts'

/** Rows and their bytes, by table. */
export type Tables = ReadonlyMap<string, { readonly rows: number; readonly bytes: number }>

/** What one payment of (a) adds to a table, in the hub's database and in the yardstick's. */
export type Added = {
  readonly table: string
  readonly rows: number
  readonly hubBytes: number
  readonly bareBytes: number
}

/** Every table of a database with its rows. */
export async function measureTables(db: Db): Promise<Tables> {
  const { rows } = await db.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  )
  const tables = new Map<string, { rows: number; bytes: number }>()
  for (const { name } of rows) {
    const counted = await db.pool.query<{ rows: number; bytes: number }>(
      `select count(*)::int as rows, coalesce(sum(pg_column_size(t.*)), 0)::float8 as bytes from ${name} t`,
    )
    if (counted.rows[0]) tables.set(name, counted.rows[0])
  }
  return tables
}

/** What each payment added, by table. `before` is common to both: one database is a copy of the other. */
export function addedPerPayment(before: Tables, hub: Tables, bare: Tables, payments: number): Added[] {
  return [...before].flatMap(([table, start]) => {
    const rows = ((hub.get(table)?.rows ?? 0) - start.rows) / payments
    const perPayment = (side: Tables) => ((side.get(table)?.bytes ?? 0) - start.bytes) / payments
    return rows === 0 ? [] : [{ table, rows, hubBytes: perPayment(hub), bareBytes: perPayment(bare) }]
  })
}

/** Where the two sides hold another number of rows, or rows that say something else: sentences, none when all is alike. */
export async function differentWrites(hub: Db, bare: Db): Promise<string[]> {
  const [hubTables, bareTables] = [await measureTables(hub), await measureTables(bare)]
  const counts = [...hubTables].flatMap(([table, { rows }]) => {
    const other = bareTables.get(table)?.rows
    return rows === other
      ? []
      : [`table ${table} has ${rows} rows in the hub's database and ${other} in the yardstick's`]
  })
  const contents: string[] = []
  for (const [table, columns] of Object.entries(whatIsSaid)) {
    const digest = `select md5(coalesce(string_agg(t::text, ' ' order by t::text), '')) as digest from (select ${columns} from ${table}) t`
    const [ours, theirs] = [await hub.pool.query(digest), await bare.pool.query(digest)]
    if (ours.rows[0]?.digest !== theirs.rows[0]?.digest)
      contents.push(`the rows of ${table} (${columns}) are not alike`)
  }
  return [...counts, ...contents]
}

/** The columns that must come out the same, whoever wrote them and when. */
const whatIsSaid: Readonly<Record<string, string>> = {
  payments: 'number, status, version, event_sequence, completed_at is null',
  payment_history: 'payment_number, sequence, from_status, to_status, evidence, sentence, actor',
  attempts: 'payment_number, state, closed_because, closed_at is null',
  inbox:
    'payment_number, fingerprint, body, outcome, sentence, answer_status, tries, receipt_id is null, decided_at is null',
  receipts: 'payment_number, bank_transaction_id, amount_minor, currency, paid_at, proof, inbox_id is null',
  entries: 'line, account, currency, amount_minor',
  applications: 'payment_number, amount_minor',
  events: 'payment_number, sequence, type, body',
  event_deliveries: 'payment_number, sequence, sink, state',
  exchanges: 'payment_number, target, operation, method, http_status, answer_body, inbox_id is null',
  credits: 'payment_number, biller, policy_number, amount_minor, currency, state',
  notifications: 'payment_number, channel',
  customer_receipts: 'payment_number, receipt_ids is null',
}
