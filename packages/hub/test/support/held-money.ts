import assert from 'node:assert/strict'
import { newId } from '../../src/kit/ids.ts'
import { becomes, type Code, inquire, makeCode, notice, patiently, pay, standing } from './bad-day.ts'
import { type Act, look, operate, rowsIn } from './operators.ts'
import { assertProblem } from './problem.ts'
import type { Answer, Json, TestHub } from './running-hub.ts'
import { makeStrangerCode } from './stranger-code.ts'

/** A row of the suspense list as `/v1/suspense` shows it. */
export type Held = {
  readonly id: string
  readonly state: string
  readonly reason: string
  readonly amount: string
  readonly remaining: string
}

/** The money in suspense that named a payment, oldest first. */
export async function heldOf(hub: TestHub, payment: number): Promise<Held[]> {
  const list = await look(hub, `suspense?payment=${payment}`)
  assert.equal(list.status, 200, list.text)
  return (list.json['data'] as unknown as Held[]).toReversed()
}

/** The one row of money in suspense that named a payment. */
export async function heldFor(hub: TestHub, payment: number): Promise<Held> {
  const rows = await heldOf(hub, payment)
  assert.equal(rows.length, 1, `${rows.length} rows of suspense name ${payment}`)
  return rows[0] as Held
}

export async function readHeld(hub: TestHub, id: string): Promise<Held> {
  const shown = await look(hub, `suspense/${id}`)
  assert.equal(shown.status, 200, shown.text)
  return shown.json as unknown as Held
}

/** What an act moves: part or all, and why. */
export type Order = Act & { readonly amount?: string; readonly reason?: string }

/** Acts upon held money, under a key of its own unless given one. */
function act(hub: TestHub, path: string, order: Order, more: object = {}): Promise<Answer> {
  const { amount, reason = 'A test says so.', key = newId('act'), ...who } = order
  return operate(hub, path, { reason, ...(amount === undefined ? {} : { amount }), ...more }, { ...who, key })
}

export function applyTo(hub: TestHub, held: Pick<Held, 'id'>, payment: number, order: Order = {}): Promise<Answer> {
  return act(hub, `suspense/${held.id}/apply`, order, { payment: String(payment) })
}

export function writeOff(hub: TestHub, held: Pick<Held, 'id'>, order: Order = {}): Promise<Answer> {
  return act(hub, `suspense/${held.id}/write-off`, order)
}

export function refundHeld(hub: TestHub, held: Pick<Held, 'id'>, order: Order = {}): Promise<Answer> {
  return act(hub, `suspense/${held.id}/refund`, order)
}

export function refundPayment(hub: TestHub, payment: number, order: Order = {}): Promise<Answer> {
  return act(hub, 'refunds', order, { payment: String(payment) })
}

/** operator-2 agrees to an act or a refund, unless told otherwise. */
export function approve(hub: TestHub, answer: Answer, order: Order = {}): Promise<Answer> {
  return act(hub, `${pathOf(answer)}/approve`, { operator: 'operator-2', ...order })
}

export function reject(hub: TestHub, answer: Answer, order: Order = {}): Promise<Answer> {
  return act(hub, `${pathOf(answer)}/reject`, { operator: 'operator-2', ...order })
}

function pathOf({ json }: Answer): string {
  const id = String(json['id'])
  return `${id.startsWith('rfd_') ? 'refunds' : 'acts'}/${id}`
}

/** A person has sent a manual refund, and shows how. */
export function showEvidence(hub: TestHub, refund: Json, order: Act = {}): Promise<Answer> {
  return operate(
    hub,
    `refunds/${refund['id']}/evidence`,
    {
      bank_reference: `HAND-${String(refund['id']).slice(-8)}`,
      paid_at: new Date().toISOString(),
      note: 'Sent by hand.',
    },
    { key: newId('act'), ...order },
  )
}

/** Refunds held money to its end, automatically or by hand, and answers the refund as it stands then. */
export async function refundToTheEnd(hub: TestHub, held: Pick<Held, 'id'>, order: Order = {}): Promise<Json> {
  const asked = await refundHeld(hub, held, order)
  assert.ok([201, 202].includes(asked.status), asked.text)
  const ready = asked.status === 202 ? await approve(hub, asked) : asked
  const shown = String(ready.json['status']) === 'requires_evidence' ? await showEvidence(hub, ready.json) : ready
  assert.equal(shown.json['status'], 'succeeded', shown.text)
  return shown.json
}

/** The amount that is due on a bill, or undefined when nothing is. */
export async function dueOn(hub: TestHub, bill: string, bank = 'AMK'): Promise<string | undefined> {
  const answer = await inquire(hub, bank, bill)
  if (answer.status === 404) {
    assert.match(answer.text, /nothing is due/i)
    return undefined
  }
  assert.equal(answer.status, 200, answer.text)
  return String(answer.json['data']?.['amount'])
}

/** Where the money of one receipt stands, from the ledger: minor units by account, credits positive. */
export async function accountsOf(hub: TestHub, bankTransactionId: string): Promise<Record<string, number>> {
  const { rows } = await hub.pool.query<{ account: string; minor: number }>(
    `select e.account, (case when e.account like 'bank:%' then 1 else -1 end * sum(e.amount_minor))::int as minor
       from receipts r join journals j on j.receipt_id = r.id join entries e on e.journal_id = j.id
      where r.bank_transaction_id = $1 group by 1 having sum(e.amount_minor) <> 0 order by 1`,
    [bankTransactionId],
  )
  return Object.fromEntries(rows.map(({ account, minor }) => [account, minor]))
}

export type AuditOf = { actor: string; action: string; before: unknown; after: unknown; reason: string }

/** The audit rows about a row of suspense, oldest first. */
export async function auditOf(hub: TestHub, held: Pick<Held, 'id'>): Promise<AuditOf[]> {
  const { rows } = await hub.pool.query<AuditOf>(
    'select actor, action, before, after, reason from audit where object = $1 order by id',
    [held.id.replace('sus_', 'suspense ')],
  )
  return rows
}

/** A code that is paid so, and its money as it is held then. */
export async function hold(
  hub: TestHub,
  bank: string,
  paid: object,
  reason: string,
): Promise<Code & { held: Held; tx: string }> {
  const code = await makeCode(hub, bank)
  const [tx = ''] = await pay(hub, code, { ...paid })
  const held = await heldWith(hub, code.id, reason)
  return { ...code, held, tx }
}

/** Waits until the money that named a payment is held, for this reason. */
export async function heldWith(hub: TestHub, id: number, reason: string): Promise<Held> {
  await patiently(`${id} to be held as ${reason}`, async () => (await standing(hub, id)).held.length > 0)
  const held = await heldFor(hub, id)
  assert.equal(held.reason, reason)
  return held
}

/** A payment that was paid twice: the second payment is held. */
export async function duplicateOf(hub: TestHub, bank: string): Promise<Code & { held: Held }> {
  const code = await makeCode(hub, bank)
  await pay(hub, code)
  await becomes(hub, code.id, {})
  await pay(hub, code)
  await becomes(hub, code.id, { held: ['duplicate_payment'] })
  return { ...code, held: await heldFor(hub, code.id) }
}

/** The act was refused with 409, and the money is held as before. */
export async function nothingMoved(hub: TestHub, held: Held, refused: Answer): Promise<void> {
  assertProblem(refused, 409, 'CONFLICT')
  assert.equal((await readHeld(hub, held.id)).remaining, held.remaining)
  const acts = (await look(hub, `acts?suspense=${held.id}`)).json['data'] as unknown as { status: string }[]
  assert.ok(acts.every((act) => act.status !== 'done'))
}

let strangers = 779_000

/** Money for a reference that we do not know, held. */
export async function strangerMoney(
  hub: TestHub,
  bank: 'AMK' | 'BANK01',
): Promise<{ held: Held; tx: string; reference: number }> {
  const reference = (strangers += 1)
  await makeStrangerCode(hub, bank, { billNumber: String(reference), amount: 31, currency: 'USD' })
  const [tx = ''] = await pay(hub, { bank, id: reference }, { webhook: 'drop' })
  const told = await notice(hub, { bank, id: reference }, { paid_amount: 31 })
  assert.equal(told.status, 404, told.text)
  const [row] = rowsIn(await look(hub, 'suspense?reason=unknown_payment&limit=1'))
  assert.equal(row?.['reference'], String(reference))
  return { held: row as unknown as Held, tx, reference }
}
