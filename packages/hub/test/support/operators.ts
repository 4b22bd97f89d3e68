import { signAccessToken } from '../../src/http/tokens/tokens.ts'
import type { Answer, TestHub } from './running-hub.ts'

/** A token of an operator with this scope. */
export function operatorToken(hub: TestHub, operator = 'operator-1', scope = 'money:operate'): string {
  return signAccessToken(hub.running.tokens, { subject: operator, scope, ttlS: 3_600 })
}

export type Act = {
  readonly operator?: string
  /** The Idempotency-Key; none unless given. */
  readonly key?: string
  readonly token?: string
}

/** A POST of an operator to /v1. */
export function operate(hub: TestHub, path: string, json: unknown, act: Act = {}): Promise<Answer> {
  return hub.gateway('POST', `/v1/${path}`, {
    token: act.token ?? operatorToken(hub, act.operator),
    json,
    ...(act.key === undefined ? {} : { headers: { 'idempotency-key': act.key } }),
  })
}

/** A GET of /v1 by an operator. */
export function look(hub: TestHub, path: string, token = operatorToken(hub)): Promise<Answer> {
  return hub.gateway('GET', `/v1/${path}`, { token })
}

let cases = 0

/** Raises a case of a kind that no flow raises; its id. */
export async function raiseCase(
  hub: TestHub,
  more: { kind?: string; bank?: string; payment?: number } = {},
): Promise<string> {
  const { rows } = await hub.pool.query(
    `insert into cases (kind, dedupe_key, bank_code, payment_number, sentence, evidence)
      values ($1, $2, $3, $4, 'A test doubts.', '{"amount":"25.00"}') returning id`,
    [more.kind ?? 'sample', `sample ${(cases += 1)}`, more.bank ?? null, more.payment ?? null],
  )
  return `case_${rows[0].id}`
}
