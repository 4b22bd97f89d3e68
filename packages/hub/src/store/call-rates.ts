import type { Db } from './db.ts'

/** As connectors know it: `banks/keeping.ts`. */
export type CallRates = {
  take(account: string, operation: string, perMinute: number): Promise<boolean>
}

/** Counts a bank's calls of each operation and minute, for all processes together. */
export function createCallRates(db: Db, bankCode: string): CallRates {
  return {
    async take(account, operation, perMinute) {
      const rows = await db.query(
        'take_call_of_minute',
        // One row per operation: another minute begins anew. The update that finds the limit reached changes nothing.
        `insert into call_minutes as m (bank_code, account, operation, minute, spent)
          values ($1, $2, $3, date_trunc('minute', clock_timestamp()), 1)
          on conflict (bank_code, account, operation) do update
            set minute = excluded.minute, spent = case when m.minute = excluded.minute then m.spent + 1 else 1 end
            where m.minute < excluded.minute or (m.minute = excluded.minute and m.spent < $4)
          returning spent`,
        [bankCode, account, operation, perMinute],
      )
      return rows.length === 1
    },
  }
}
