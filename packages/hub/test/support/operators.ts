import assert from 'node:assert/strict'
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

let keys = 0

/** A POST of an operator with a key of its own, as everything that moves money wants it. */
export function operateOnce(hub: TestHub, path: string, json: unknown, act: Act = {}): Promise<Answer> {
  return operate(hub, path, json, { key: `key-${process.pid}-${(keys += 1)}`, ...act })
}

/** The answer's object, which must have come with this status. */
export function shown(answer: Answer, status = 200): Record<string, string | null> {
  assert.equal(answer.status, status, answer.text)
  return answer.json as unknown as Record<string, string | null>
}

/** The rows of a list. */
export function rowsIn(answer: Answer): Record<string, string | null>[] {
  assert.equal(answer.status, 200, answer.text)
  return answer.json['data'] as unknown as Record<string, string | null>[]
}

/** Walks a list in parts of `limit` to its end; the ids it showed. */
export async function idsOfAll(hub: TestHub, path: string, limit: number): Promise<string[]> {
  const ids: string[] = []
  const joined = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}`
  for (let cursor = ''; ; ) {
    const page = await look(hub, joined + cursor)
    ids.push(...rowsIn(page).map((one) => String(one['id'])))
    if (page.json['next_cursor'] === null) return ids
    cursor = `&cursor=${String(page.json['next_cursor'])}`
  }
}

/** Lets a request's process have died after its reservation, whether or not its effect was written. */
export async function abandon(hub: TestHub, key: string): Promise<void> {
  const client = await hub.pool.connect()
  try {
    await client.query('begin')
    await client.query(`set local session_replication_role = 'replica'`)
    const { rowCount } = await client.query(
      `update idempotency_keys set state = 'running', status = null, body = null, answered_at = null,
        claimed_until = now() - interval '1 second' where key = $1`,
      [key],
    )
    assert.equal(rowCount, 1)
    await client.query('commit')
  } finally {
    client.release()
  }
}
