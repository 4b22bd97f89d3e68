import type { Db } from './db.ts'

/** One call about a payment and its answer, redacted when it was kept. */
export type KeptCall = {
  readonly at: Date
  readonly target: string
  readonly operation: string
  readonly method: string
  readonly url: string
  readonly requestBody: string
  /** Null where no answer came. */
  readonly httpStatus: number | null
  readonly answerBody: string
  readonly error: string | null
  readonly durationMs: number
  readonly correlationId: string
}

/** Every call about a payment that was kept, the oldest first. */
export function readCalls(db: Db, paymentNumber: number): Promise<KeptCall[]> {
  return db.query<KeptCall>(
    'read_calls',
    `select started_at as at, target, operation, method, url, request_body as "requestBody", http_status as "httpStatus",
        answer_body as "answerBody", error, duration_ms as "durationMs", correlation_id as "correlationId"
      from exchanges where payment_number = $1 order by started_at, id`,
    [paymentNumber],
  )
}
