import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { type Code, makeCode, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  applyTo,
  approve,
  type Held,
  refundHeld,
  refundPayment,
  reject,
  showEvidence,
  writeOff,
} from '../support/held-money.ts'
import { look, operateOnce, rowsIn } from '../support/operators.ts'
import { lookNow, lookTwice } from '../support/reversals.ts'
import type { Answer, TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'
import { type Random, randomFrom } from '../faults/chaos/random.ts'

// Customers, operators and banks do what they like, in any order, some of it at once; the books agree in the end. The seed
// is printed; HUB_TEST_SEED=123 asks for the same again, of which what happens at once may end otherwise.

const seed = Number(process.env['HUB_TEST_SEED'] ?? randomInt(2 ** 31))
const days = Number(process.env['HUB_TEST_DAYS'] ?? 2)
const roundsPerDay = 20

for (const settings of [{}, { HUB_PARTS: 'accept', HUB_OVERPAYMENT: 'accept_overpayment' }]) {
  const named = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  test(`random days with held money agree in the end${named.length > 0 ? `, with ${named.join(' and ')}` : ''}`, async (t) => {
    t.diagnostic(`seed ${seed}`)
    const hub = await startBadDays(t, settings)
    await restSchedule(hub)
    for (let day = 1; day <= days; day += 1) await spendDay(hub, randomFrom(seed + day), t.diagnostic.bind(t))
    // Before its database goes: what it still has to do would wait for it.
    await hub.stop()
  })
}

async function spendDay(hub: TestHub, random: Random, tell: (sentence: string) => void): Promise<void> {
  const codes: Code[] = []
  for (const bank of ['AMK', 'BANK01', 'BANK01', 'BANK01']) codes.push(await makeCode(hub, bank))
  const done: string[] = []
  for (let round = 1; round <= roundsPerDay; round += 1) {
    const atOnce = Array.from({ length: random.whole(1, 3) }, (_, n) => random.fork(`round ${round} deed ${n}`))
    done.push(...(await Promise.all(atOnce.map((own) => doSomething(hub, codes, own)))))
  }
  await settleDown(hub, codes)
  await booksAgree(hub).catch((error: unknown) => {
    tell(done.join('\n'))
    throw error
  })
}

const amounts = ['5.00', '10.00', '15.00', '25.00', '25.00', '30.00', '40.00', '130.00']

async function doSomething(hub: TestHub, codes: readonly Code[], random: Random): Promise<string> {
  const what = random.weighted({ pay: 8, apply: 5, writeOff: 3, refundHeld: 3, refund: 3, turn: 4, look: 4, cancel: 1 })
  const code = random.pick(codes)
  const amount = random.chance(0.5) ? {} : { amount: random.pick(amounts) }
  const order = { ...amount, operator: `operator-${random.whole(1, 2)}` }
  if (what === 'pay') {
    const paid = { bank: code.bank, paymentId: code.id, amount: random.pick(amounts) }
    return say(what, paid, await hub.simulator('POST', '/_simulator/pay', paid))
  }
  if (what === 'look') return lookNow(hub, code).then(() => `look ${code.id}`)
  if (what === 'turn') return turn(hub, code, random)
  if (what === 'cancel')
    return say(what, code.id, await operateOnce(hub, `payments/${code.id}/cancel`, { reason: 'A random day.' }))
  if (what === 'refund') return say(what, code.id, await decide(hub, await refundPayment(hub, code.id, order), random))
  const held = await pickHeld(hub, random)
  if (!held) return `${what}: nothing is held`
  const act = {
    apply: () => applyTo(hub, held, code.id, order),
    writeOff: () => writeOff(hub, held, order),
    refundHeld: () => refundHeld(hub, held, order),
  }[what]
  return say(what, { ...order, held: held.id, code: code.id }, await decide(hub, await act(), random))
}

function say(what: string, about: unknown, answer: Answer): string {
  assert.ok(answer.status < 500 || answer.status === 503, `${what} ${JSON.stringify(about)}: ${answer.text}`)
  return `${what} ${JSON.stringify(about)} ${answer.status} ${answer.text.slice(0, 160)}`
}

async function pickHeld(hub: TestHub, random: Random): Promise<Held | undefined> {
  const open = rowsIn(await look(hub, 'suspense?state=open&limit=100')) as unknown as Held[]
  return open.length === 0 ? undefined : random.pick(open)
}

/** What waits for a second person gets one, mostly; what waits for a person to send it is sent, or called off. */
async function decide(hub: TestHub, asked: Answer, random: Random): Promise<Answer> {
  let now = asked
  if (now.status === 202 && !random.chance(0.2)) {
    const operator = String(now.json['requested_by']) === 'operator-1' ? 'operator-2' : 'operator-1'
    const isRefund = String(now.json['id']).startsWith('rfd_')
    now = await (random.chance(0.8) || isRefund ? approve : reject)(hub, now, { operator })
  }
  if (String(now.json['status']) !== 'requires_evidence') return now
  return random.chance(0.7)
    ? showEvidence(hub, now.json)
    : operateOnce(hub, `refunds/${now.json['id']}/cancel`, { reason: 'A random day.' })
}

/** BANK01 takes a movement back, or lists it again. AMK's money may have gone back by hand, which nobody plays. */
async function turn(hub: TestHub, { id, bank }: Code, random: Random): Promise<string> {
  if (bank !== 'BANK01') return 'turn: not here'
  const { rows } = await hub.pool.query<{ tx: string }>(
    'select bank_transaction_id as tx from receipts where payment_number = $1 order by id',
    [id],
  )
  if (rows.length === 0) return 'turn: nothing came'
  const { tx } = random.pick(rows)
  const way = random.pick(['reverse', 'restore'])
  const turned = await hub.simulator('POST', `/_simulator/${way}`, { bank, transactionId: tx })
  if (random.chance(0.6)) await lookTwice(hub, { id, bank })
  return say(way, tx, turned)
}

/** What is on its way ends, and every bank is looked at until nothing is new. */
async function settleDown(hub: TestHub, codes: readonly Code[]): Promise<void> {
  for (const status of ['requires_approval', 'requires_evidence', 'requested', 'pending'])
    for (const refund of rowsIn(await look(hub, `refunds?status=${status}&limit=100`)))
      await operateOnce(hub, `refunds/${refund['id']}/cancel`, { reason: 'The day ends.' })
  for (const code of codes) {
    await lookTwice(hub, code)
    await lookTwice(hub, code)
  }
}
