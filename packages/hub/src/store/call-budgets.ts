import type { Db } from './db.ts'

/** How many status calls a bank allows per token and day, as configured, and how many of them wait for people. */
export type CallSettings = { readonly perDay: number; readonly reserve: number; readonly now: () => Date }

/** As `Allowance` of the banks' contract. */
export type CallAllowance = {
  readonly perDay: number
  readonly reserve: number
  readonly spent: number
  readonly left: number
  readonly resetsAt: Date
  readonly latched: boolean
}

/** As `CallBudget` of the banks' contract: the bank's own count, kept for all processes together. */
export type KeptCallBudget = {
  take(
    token: string,
    kind: 'planned' | 'reserved',
  ): Promise<{ readonly granted: true } | { readonly granted: false; readonly until: Date }>
  latch(token: string, perDay: number | undefined): Promise<void>
  read(token: string): Promise<CallAllowance>
}

/**
 * The budget of one bank's status calls. Tokens are named by their fingerprint (16 hex digits); a day is Phnom Penh's
 * (UTC+7). A call that was taken is on disk before `take` answers: a process that is killed then has spent it.
 */
export function createCallBudget(db: Db, bankCode: string, { perDay, reserve, now }: CallSettings): KeptCallBudget {
  return {
    take: async (token, kind) => {
      const [row] = await db.query<{ granted: boolean; until: Date }>(
        'take_call',
        'select granted, until from take_call($1, $2, $3, $4, $5, $6)',
        [bankCode, token, kind === 'planned', now(), perDay, reserve],
      )
      if (!row) throw new Error('take_call answers one row')
      return row.granted ? { granted: true } : { granted: false, until: row.until }
    },
    latch: async (token, said) => {
      const believable = said !== undefined && Number.isInteger(said) && said > 0 && said < 2 ** 31 ? said : null
      await db.query('latch_calls', 'select latch_calls($1, $2, $3, $4, $5)', [
        bankCode,
        token,
        now(),
        perDay,
        believable,
      ])
    },
    read: (token) => readAllowance(db, { bankCode, token, perDay, reserve, at: now() }),
  }
}

type Looked = {
  readonly bankCode: string
  readonly token: string
  readonly perDay: number
  readonly reserve: number
  readonly at: Date
}

async function readAllowance(db: Db, look: Looked): Promise<CallAllowance> {
  const [row] = await db.query<{
    per_day: number
    reserve: number
    spent: number | null
    latched: boolean
    resets_at: Date
  }>(
    'read_calls',
    `select d.per_day, calls_reserved(d.per_day, $4, $5) as reserve, c.spent, c.latched_at is not null as latched,
        calls_reset_at(d.day, $3) as resets_at
      from (select day, calls_per_day($1, $2, day, $4) as per_day from call_day($1, $2, $3, $4) as day) d
      left join call_days c on c.bank_code = $1 and c.token = $2 and c.day = d.day`,
    [look.bankCode, look.token, look.at, look.perDay, look.reserve],
  )
  if (!row) throw new Error('read_calls answers one row')
  const spent = row.spent ?? 0
  return {
    perDay: row.per_day,
    reserve: row.reserve,
    spent,
    left: row.latched ? 0 : Math.max(0, row.per_day - spent),
    resetsAt: row.resets_at,
    latched: row.latched,
  }
}
