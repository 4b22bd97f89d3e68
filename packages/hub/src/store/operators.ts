import type { Db } from './db.ts'

/** Who may act on money. A removed operator stays in the table: the audit log speaks of it. */
export type Operator = {
  readonly name: string
  readonly active: boolean
  readonly addedAt: Date
  readonly removedAt: Date | undefined
}

/** 1 to 60 letters, digits and `. _ @ -`, beginning with a letter or a digit. */
export function isOperatorName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._@-]{0,59}$/.test(text)
}

export async function isActiveOperator(db: Db, name: string): Promise<boolean> {
  const rows = await db.query('find_operator', 'select from operators where name = $1 and active', [name])
  return rows.length > 0
}

export async function listOperators(db: Db): Promise<Operator[]> {
  const rows = await db.query<{ name: string; active: boolean; added_at: Date; removed_at: Date | null }>(
    'list_operators',
    'select name, active, added_at, removed_at from operators order by name',
    [],
  )
  return rows.map((row) => ({
    name: row.name,
    active: row.active,
    addedAt: row.added_at,
    removedAt: row.removed_at ?? undefined,
  }))
}

export type OperatorChange = {
  readonly name: string
  readonly actor: string
  readonly reason: string | undefined
  readonly correlationId: string
}

/** Registers an operator, with a row in the audit log. Whether that changed anything. */
export function addOperator(db: Db, change: OperatorChange): Promise<boolean> {
  return setOperator(db, change, true)
}

/** Ends an operator's right to act, with a row in the audit log. Whether that changed anything. */
export function removeOperator(db: Db, change: OperatorChange): Promise<boolean> {
  return setOperator(db, change, false)
}

async function setOperator(db: Db, change: OperatorChange, wanted: boolean): Promise<boolean> {
  const rows = await db.query<{ changed: boolean }>(
    'set_operator',
    'select set_operator($1, $2, $3, $4, $5) as changed',
    [change.name, wanted, change.actor, change.reason, change.correlationId],
  )
  return rows[0]?.changed === true
}

/** The sandbox's operators, if they were never there: one that was removed stays removed. */
export async function seedOperators(db: Db, names: readonly string[]): Promise<void> {
  await db.query('seed_operators', 'insert into operators (name) select unnest($1::text[]) on conflict do nothing', [
    names,
  ])
}
