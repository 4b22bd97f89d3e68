import type { Db } from './db.ts'

/** Seals up to `most` audit rows into the chain and answers how many; 0 also where another process is sealing. */
export async function sealAudit(db: Db, most: number): Promise<number> {
  const rows = await db.query<{ sealed: number }>('seal_audit', 'select seal_audit($1) as sealed', [most])
  return rows[0]?.sealed ?? 0
}

/** A seal with the row it is of, each column as the text that goes into the hash; times to the microsecond in UTC. */
export type SealedRow = {
  readonly position: string
  readonly previousSha256: string
  readonly sha256: string
  readonly sealedAt: string
  readonly auditId: string
  /** Null: the row is not in the log. */
  readonly row: {
    readonly id: string
    readonly at: string
    readonly actor: string
    readonly action: string
    readonly object: string
    readonly before: string | null
    readonly after: string | null
    readonly reason: string | null
    readonly correlationId: string
  } | null
}

/** The next `most` seals after this position, in the chain's order. */
export async function readSeals(db: Db, after: number, most: number): Promise<SealedRow[]> {
  const utc = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  return db.query<SealedRow>(
    'read_seals',
    `select s.position::text, s.previous_sha256 as "previousSha256", s.sha256, ${utc('s.sealed_at')} as "sealedAt",
        s.audit_id::text as "auditId", case when a.id is not null then json_build_object('id', a.id::text, 'at', ${utc('a.at')},
          'actor', a.actor, 'action', a.action, 'object', a.object, 'before', a.before::text, 'after', a.after::text,
          'reason', a.reason, 'correlationId', a.correlation_id) end as row
      from audit_seals s left join audit a on a.id = s.audit_id where s.position > $1 order by s.position limit $2`,
    [after, most],
  )
}

/** The hash of the seal at this position; undefined when there is none. */
export async function readSealHash(db: Db, position: number): Promise<string | undefined> {
  const rows = await db.query<{ sha256: string }>(
    'read_seal_hash',
    'select sha256 from audit_seals where position = $1',
    [position],
  )
  return rows[0]?.sha256
}

export type ChainHead = { readonly position: number; readonly sha256: string }

/** The newest seal; undefined while nothing is sealed. */
export async function readChainHead(db: Db): Promise<ChainHead | undefined> {
  const rows = await db.query<ChainHead>(
    'chain_head',
    'select position::float8 as position, sha256 from audit_seals order by position desc limit 1',
    [],
  )
  return rows[0]
}

export type AuditFilter = {
  readonly object: string | undefined
  readonly actor: string | undefined
  readonly since: Date | undefined
}

export type KeptAuditRow = {
  readonly id: number
  readonly at: Date
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly before: unknown
  readonly after: unknown
  readonly reason: string | null
  readonly correlationId: string
  /** Its place in the chain; null until it is sealed. */
  readonly position: number | null
}

/** The next `most` rows after this id that the filter lets through, oldest first. */
export async function readAudit(db: Db, filter: AuditFilter, after: number, most: number): Promise<KeptAuditRow[]> {
  return db.query<KeptAuditRow>(
    'read_audit',
    `select a.id::float8 as id, a.at, a.actor, a.action, a.object, a.before, a.after, a.reason,
        a.correlation_id as "correlationId", s.position::float8 as position
      from audit a left join audit_seals s on s.audit_id = a.id
      where a.id > $1 and ($2::text is null or a.object = $2) and ($3::text is null or a.actor = $3)
        and ($4::timestamptz is null or a.at >= $4) order by a.id limit $5`,
    [after, filter.object ?? null, filter.actor ?? null, filter.since ?? null, most],
  )
}

/** How many rows wait for their seal. */
export async function countUnsealed(db: Db): Promise<number> {
  const rows = await db.query<{ count: number }>(
    'count_unsealed',
    'select count(*)::int as count from audit_unsealed',
    [],
  )
  return rows[0]?.count ?? 0
}
