import { write } from '../store/writes.ts'
import type { Hub } from './hub.ts'

export type SecurityEventKind =
  | 'failed_login'
  | 'bad_token'
  | 'out_of_scope'
  | 'wrong_address'
  | 'wrong_merchant'
  | 'bad_signature'
  | 'replayed'

export type SecurityEvent = {
  readonly kind: SecurityEventKind
  /** Who, as far as is known: "client demo-app", "address 192.0.2.1". */
  readonly actor: string
  /** What was tried: "POST /:bank/khqr", "inbox 7". */
  readonly object: string
  readonly sentence: string
  readonly correlationId: string
}

/**
 * Counts, logs and audits an attempt to do what is not allowed. The refusal does not wait for the audit row: a database
 * that is away must not turn a 401 into something else, and the log line says what the row would.
 */
export function noteSecurityEvent(hub: Hub, event: SecurityEvent): void {
  const { kind, actor, object, sentence, correlationId } = event
  hub.metrics.securityEvents.inc({ kind })
  writeLine[kind](hub, { actor, object, correlationId }, sentence)
  const row = { actor, action: `security.${kind}`, object, reason: sentence, correlationId }
  write(hub.db, { audit: [row] }).catch((error: unknown) => {
    hub.log.error({ event: 'audit.failed', err: error, correlationId }, 'A security event could not be audited.')
  })
}

type Line = (hub: Hub, about: object, sentence: string) => void

/** The stable names, written out: they are searched for. */
const writeLine: Record<SecurityEventKind, Line> = {
  failed_login: (hub, about, sentence) => hub.log.warn({ event: 'security.failed_login', ...about }, sentence),
  bad_token: (hub, about, sentence) => hub.log.warn({ event: 'security.bad_token', ...about }, sentence),
  out_of_scope: (hub, about, sentence) => hub.log.warn({ event: 'security.out_of_scope', ...about }, sentence),
  wrong_address: (hub, about, sentence) => hub.log.warn({ event: 'security.wrong_address', ...about }, sentence),
  wrong_merchant: (hub, about, sentence) => hub.log.warn({ event: 'security.wrong_merchant', ...about }, sentence),
  bad_signature: (hub, about, sentence) => hub.log.warn({ event: 'security.bad_signature', ...about }, sentence),
  replayed: (hub, about, sentence) => hub.log.warn({ event: 'security.replayed', ...about }, sentence),
}
