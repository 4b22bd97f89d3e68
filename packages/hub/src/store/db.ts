import { DatabaseError, Pool, type QueryResultRow } from 'pg'
import { storableParameter } from './storable-text.ts'

/** How to reach the database: a URL, or a socket folder with its port. */
export type DatabaseAddress =
  | { readonly connectionString: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string }

export type Db = {
  /** One statement, one transaction, one round trip. `name` makes it a prepared statement. */
  query<Row extends QueryResultRow>(name: string, sql: string, values: readonly unknown[]): Promise<Row[]>
  readonly pool: Pool
  close(): Promise<void>
}

/** The payment changed between reading and writing: read and decide again. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** A receipt by notice would pass its bank's limit of the day: nothing was written. */
export class OverLimit extends Error {
  override readonly name = 'OverLimit'
}

/** The idempotency key was answered, or given up, by somebody else meanwhile: nothing was written. */
export class AlreadyAnswered extends Error {
  override readonly name = 'AlreadyAnswered'
}

/** At most 20 connections per process (setting `database.poolSize`). */
export function openDatabase(
  address: DatabaseAddress,
  options: { poolSize: number; onError: (error: Error) => void },
): Db {
  const pool = new Pool({
    ...address,
    max: options.poolSize,
    // A database that does not answer must not hang a bank's call: 3 s to connect, 10 s for a statement.
    connectionTimeoutMillis: 3_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: 'khqr-hub',
    keepAlive: true,
    // A new connection plans every statement anew, which costs more than keeping one that is idle.
    idleTimeoutMillis: 600_000,
  })
  // An idle connection that dies (PostgreSQL restarted) is replaced by the pool; without a listener it would end us.
  pool.on('error', options.onError)
  // The pool listens to idle connections only. One that is lent out (a migration, a check) and dies between two statements
  // would end us all the same; its next statement fails.
  pool.on('connect', (client) => client.on('error', () => {}))
  return {
    pool,
    async query<Row extends QueryResultRow>(name: string, sql: string, values: readonly unknown[]) {
      try {
        const answer = await pool.query<Row>({ name, text: sql, values: values.map(storableParameter) })
        return answer.rows
      } catch (error) {
        throw asConflict(error)
      }
    },
    close: () => pool.end(),
  }
}

/** Whether the database could not be asked (away, restarting, too many clients), as opposed to having refused. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    /^(08|57P|53)/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT'].includes(code) ||
    /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/.test(
      error.message,
    )
  )
}

// Raised by our own functions (KH409), or by the constraints that make a second receipt, a second completed payment or a
// deadlock impossible to get past: all mean that somebody else was faster.
const overLimitCode = 'KH413'
const alreadyAnsweredCode = 'KH410'
const conflictCodes = new Set(['KH409', '40P01', '40001'])
const conflictConstraints = new Set([
  'payments_one_completed_per_bill',
  'payments_one_open_per_bill',
  'attempts_one_live',
  'refunds_one_at_the_bank',
  'acts_pkey',
])

function asConflict(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error
  if (error.code === overLimitCode) return new OverLimit(error.message, { cause: error })
  if (error.code === alreadyAnsweredCode) return new AlreadyAnswered(error.message, { cause: error })
  const raced = error.code === '23505' && conflictConstraints.has(error.constraint ?? '')
  if (raced || conflictCodes.has(error.code ?? '')) return new Conflict(error.message, { cause: error })
  return error
}
