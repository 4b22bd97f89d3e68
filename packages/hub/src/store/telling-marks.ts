import type { Db } from './db.ts'

/** What is known of telling a policy system something once: a credit, or a credit note. */
export type Telling = {
  readonly state: 'sending' | 'not_sent' | 'credited' | 'noted'
  /** How often it was sent: the number of the last try. */
  readonly tries: number
  /** The policy system said that it has it, and gave no number. */
  readonly saidDone: boolean
  /** Seconds since it was last sent, when it was claimed. */
  readonly sentAgoS: number
}

/**
 * Notes about one try. Each carries the number of the try it speaks of and changes nothing when there was a later one:
 * who was stopped for a while and wakes up must not undo what another has done since.
 */
export type TellingMarks = {
  /** Takes the right to send once more, after try `tries`. Answers the new try's number; undefined: another took it. */
  sentAgain(db: Db, key: number | string, tries: number): Promise<number | undefined>
  /** The policy system certainly did not act on this try: the next may be sent without asking. */
  notSent(db: Db, key: number | string, tries: number, why: string): Promise<void>
  /** It may have acted. `saidDone`: it said so itself. */
  doubt(db: Db, key: number | string, tries: number, why: string, saidDone: boolean): Promise<void>
}

/** The marks of one of the two tables, whose rows have the same life. */
export function marksOf(table: 'credits' | 'credit_notes', key: 'payment_number' | 'refund_id'): TellingMarks {
  const ofThisTry = `${key} = $1 and tries = $2 and state = 'sending'`
  return {
    async sentAgain(db, value, tries) {
      const [row] = await db.query<{ tries: number }>(
        `${table}_sent_again`,
        `update ${table} set tries = tries + 1, last_sent_at = now() where ${ofThisTry} returning tries`,
        [value, tries],
      )
      return row?.tries
    },
    async notSent(db, value, tries, why) {
      await db.query(
        `${table}_not_sent`,
        `update ${table} set state = 'not_sent', last_error = $3 where ${ofThisTry}`,
        [value, tries, why],
      )
    },
    async doubt(db, value, tries, why, saidDone) {
      await db.query(
        `${table}_doubt`,
        `update ${table} set last_error = $3, said_done = said_done or $4 where ${ofThisTry}`,
        [value, tries, why, saidDone],
      )
    },
  }
}
