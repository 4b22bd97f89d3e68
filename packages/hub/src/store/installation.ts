import type { Db } from './db.ts'

export type Mode = 'sandbox' | 'live'

/**
 * Stamps the mode into the database at the first start, and sets where payment numbers begin. Throws when the database
 * belongs to the other mode: a sandbox's money never mixes with real money.
 */
export async function stampMode(
  db: Db,
  mode: Mode,
  first: { readonly installationId: string; readonly paymentNumber: number },
): Promise<void> {
  await db.query(
    'stamp_mode',
    `with stamped as (
      insert into installation (mode, installation_id, first_payment_number) values ($1, $2, $3)
        on conflict do nothing returning first_payment_number
    ) select setval('payment_number', first_payment_number, false) from stamped`,
    [mode, first.installationId, first.paymentNumber],
  )
  await refuseOtherMode(db, mode)
}

/** Throws when the database belongs to the other mode. A database that was never used belongs to nobody. */
export async function refuseOtherMode(db: Db, mode: Mode): Promise<void> {
  const tables = await db.query<{ known: boolean }>(
    'has_installation',
    `select to_regclass('installation') is not null as known`,
    [],
  )
  const stamped = tables[0]?.known ? await readMode(db) : undefined
  if (stamped === undefined || stamped === mode) return
  throw new Error(
    `This database belongs to a ${stamped} installation, and the hub was started in ${mode} mode. ` +
      `Set HUB_MODE=${stamped}, or use another database.`,
  )
}

export async function readMode(db: Db): Promise<Mode | undefined> {
  const rows = await db.query<{ mode: Mode }>('read_mode', 'select mode from installation', [])
  return rows[0]?.mode
}

/** How far payment numbers jump after a restore: further than an installation opens payments between two backups. */
export const restoreJump = 1_000_000

/**
 * Lets payment numbers go on far above any that a lost part of the database may have given to a bank: a number used twice
 * would let one customer's money settle another's bill (clause 4). Answers the number that the next payment gets.
 */
export async function jumpPaymentNumbers(
  db: Db,
  act: { readonly actor: string; readonly reason: string; readonly correlationId: string },
): Promise<number> {
  const rows = await db.query<{ next: string }>(
    'jump_payment_numbers',
    `with jumped as materialized (select setval('payment_number', nextval('payment_number') + $1, false) as next), audited as (
      insert into audit (actor, action, object, after, reason, correlation_id)
        select $2, 'installation.restored', 'payment numbers', jsonb_build_object('next', next), $3, $4 from jumped
    ) select next from jumped`,
    [restoreJump, act.actor, act.reason, act.correlationId],
  )
  return Number(rows[0]?.next)
}
