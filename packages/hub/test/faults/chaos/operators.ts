import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, call, type Json } from '../../support/running-hub.ts'
import type { Ground } from './ground.ts'
import type { Random } from './random.ts'

/** What operators asked for, and what the hub said at last. */
export type Office = {
  /** How often each kind of act was answered with yes. */
  readonly done: ReadonlyMap<string, number>
  leave(): Promise<void>
}

export type OfficeOrder = {
  /** Payments that somebody may want their money back from, newest last. */
  readonly payments: () => readonly number[]
  readonly restMs: number
}

type Desk = {
  readonly ground: Ground
  readonly random: Random
  readonly operator: string
  readonly note: (kind: string) => void
  readonly payments: OfficeOrder['payments']
}

const operators = ['operator-1', 'operator-2']
/** After a minute without an answer a request is abandoned, and the same key resumes it: nobody waits that long here. */
const tries = 4

/** Two operators empty suspense, send money back and agree to what the other asked for, often both at once. */
export function letOperatorsWork(ground: Ground, random: Random, order: OfficeOrder): Office {
  const done = new Map<string, number>()
  const state = { leaving: false }
  const everybody = operators.map(async (operator) => {
    const own = random.fork(operator)
    const note = (kind: string) => void done.set(kind, (done.get(kind) ?? 0) + 1)
    const desk: Desk = { ground, random: own, operator, note, payments: order.payments }
    while (!state.leaving) {
      await delay(own.whole(order.restMs / 2, order.restMs * 1.5))
      if (state.leaving) return
      await own.pick([resolveSuspense, resolveSuspense, refundPayment, refundPayment, decideForOther, closeCase])(desk)
    }
  })
  return {
    done,
    async leave() {
      state.leaving = true
      await Promise.all(everybody)
    },
  }
}

async function resolveSuspense(desk: Desk): Promise<void> {
  const rows = await list(desk, 'suspense?state=open&limit=20')
  if (rows.length === 0) return
  const held = desk.random.pick(rows)
  const kind = desk.random.weighted({ refund: 5, 'write-off': 2, apply: 2 })
  const reason = `the suite decides for ${kind}`
  const payment = (held['payment'] as Json | null)?.['number'] ?? held['payment']
  if (kind === 'apply' && payment === null) return
  const body = kind === 'apply' ? { reason, payment: String(payment) } : { reason, ...partOf(desk, held) }
  await act(desk, kind, `suspense/${String(held['id'])}/${kind}`, body)
}

/** All of it, or one unit of it, so that parts add up. */
function partOf({ random }: Desk, held: Json): { amount?: string } {
  if (random.chance(0.6)) return {}
  return { amount: String(held['currency']) === 'USD' ? '0.05' : '50' }
}

async function refundPayment(desk: Desk): Promise<void> {
  const payments = desk.payments()
  if (payments.length === 0) return
  const payment = desk.random.pick(payments.slice(-200))
  const part = desk.random.chance(0.5) ? {} : { amount: desk.random.pick(['0.05', '50']) }
  await act(desk, 'refund of a payment', 'refunds', {
    payment: String(payment),
    reason: 'the suite sends it back',
    ...part,
  })
}

/** Booking a refused confirmation is left out: the simulated banks give no statement that shows its money. */
async function closeCase(desk: Desk): Promise<void> {
  const rows = await list(desk, 'cases?state=open&limit=20')
  if (rows.length === 0) return
  const one = desk.random.pick(rows)
  const outcome = desk.random.pick(['resolved', 'no_action', 'bank_error'])
  await act(desk, 'close a case', `cases/${String(one['id'])}/close`, { outcome, reason: 'the suite has looked at it' })
}

/** What waits for a second person, or for a person's proof. */
async function decideForOther(desk: Desk): Promise<void> {
  for (const refund of await list(desk, 'refunds?status=requires_approval&limit=5')) {
    await act(desk, 'approve a refund', `refunds/${String(refund['id'])}/approve`, { reason: 'the suite agrees' })
  }
  for (const refund of await list(desk, 'refunds?status=requires_evidence&limit=5')) {
    if (desk.random.chance(0.2)) {
      await act(desk, 'cancel a refund', `refunds/${String(refund['id'])}/cancel`, {
        reason: 'the suite changes its mind',
      })
      continue
    }
    await act(desk, 'evidence of a refund', `refunds/${String(refund['id'])}/evidence`, {
      bank_reference: `SAMPLE-${desk.random.whole(1, 1_000_000)}`,
      paid_at: new Date().toISOString(),
      note: 'the suite sent it by hand',
    })
  }
  for (const one of await list(desk, 'acts?status=requires_approval&limit=5')) {
    const verdict = desk.random.chance(0.8) ? 'approve' : 'reject'
    await act(desk, `${verdict} an act`, `acts/${String(one['id'])}/${verdict}`, { reason: 'the suite decides' })
  }
}

/**
 * One intention: the same key until it is answered. Often it is sent twice at once (a double click), and sometimes the
 * colleague has the same idea.
 */
async function act(desk: Desk, kind: string, path: string, body: Readonly<Record<string, string>>): Promise<void> {
  const { random, operator, note } = desk
  const colleague = operators.find((name) => name !== operator) ?? operator
  const intentions = [
    insist(desk, operator, path, body),
    ...(random.chance(0.3) ? [insist(desk, colleague, path, body)] : []),
  ]
  for (const answer of await Promise.all(intentions)) if (answer && answer.status < 300) note(kind)
}

async function insist(
  { ground, random }: Desk,
  operator: string,
  path: string,
  body: Readonly<Record<string, string>>,
): Promise<Answer | undefined> {
  const key = randomUUID()
  const send = () =>
    tried(
      call(`http://127.0.0.1:${ground.fromBanks.port}/v1/${path}`, 'POST', {
        token: ground.operatorToken(operator),
        headers: { 'idempotency-key': key },
        json: body,
      }),
    )
  let answer: Answer | undefined
  for (let n = 0; n < tries; n += 1) {
    const answers = await Promise.all(random.chance(0.3) ? [send(), send()] : [send()])
    answer = answers.find((one) => one && one.status < 500 && one.status !== 409) ?? answers[0]
    if (answer && answer.status < 500 && answer.status !== 409) return answer
    await delay(random.whole(300, 1_500))
  }
  return answer
}

async function list({ ground, operator }: Desk, query: string): Promise<Json[]> {
  const url = `http://127.0.0.1:${ground.fromBanks.port}/v1/${query}`
  const answer = await tried(call(url, 'GET', { token: ground.operatorToken(operator) }))
  return answer?.status === 200 ? [...(answer.json['data'] as unknown as Json[])] : []
}

async function tried(asking: Promise<Answer>): Promise<Answer | undefined> {
  const none = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => none.resolve(undefined), 10_000)
  try {
    return await Promise.race([asking.catch(() => undefined), none.promise])
  } finally {
    clearTimeout(timer)
  }
}
