import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patiently, standing } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import {
  callBack,
  countEvents,
  fieldsOf,
  keptAbout,
  nextKey,
  orderCode,
  outcomesBecome,
  payCode,
  paywayBank,
  type PaywayCode,
  paywayPath,
  type PaywayWorld,
  sortedSignature,
  startWithPayway,
} from '../support/payway.ts'
import type { Answer } from '../support/running-hub.ts'

/** What somebody sends about a code of ours, what he is told, and what is noted of it. */
type Attack = {
  readonly name: string
  readonly send: (world: PaywayWorld, code: PaywayCode) => Promise<Answer>
  readonly status: number
  readonly event?: 'bad_signature' | 'wrong_merchant'
}

const html = '<html><body><form>tran_id=150001-aaaaaa</form></body></html>'

const attacks: readonly Attack[] = [
  {
    name: 'signed with a key that is not ours',
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId), { key: 'a-guessed-key' }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'without a signature',
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId), { signature: null }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'with an empty signature',
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId), { signature: '' }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'with the signature of another message',
    send: (world, { tranId }) =>
      callBack(world, fieldsOf(tranId), { signature: sortedSignature(fieldsOf('150001-aaaaaa'), world.first.key) }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'with the signature of the other profile',
    send: (world, { tranId }) =>
      callBack(world, fieldsOf(tranId), { signature: null, headers: { 'x-payway-signature': 'c2lnbmVk' } }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'with a field that was changed after it was signed',
    send(world, { tranId }) {
      const fields = fieldsOf(tranId)
      const body = JSON.stringify({ ...fields, apv: '999999' })
      return callBack(world, fields, { body })
    },
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'cut off in the middle',
    send(world, { tranId }) {
      const fields = fieldsOf(tranId)
      return callBack(world, fields, { body: JSON.stringify(fields).slice(0, -9) })
    },
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'as a page of HTML',
    send: (world, { tranId }) =>
      callBack(world, fieldsOf(tranId), { body: html, headers: { 'content-type': 'text/html' } }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'as bytes that are no text',
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId), { body: '\u0000\u0001\u0002\ud7ff[[[[' }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'as lists within lists without end',
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId), { body: '['.repeat(60_000) }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: 'longer than any message',
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId, { return_params: 'x'.repeat(70_000) })),
    status: 413,
  },
  {
    name: "to another account's path, signed with our key",
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId), { part: world.second.part }),
    status: 403,
    event: 'bad_signature',
  },
  {
    name: "to another account's path, signed with that account's key",
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId), { part: world.second.part, key: world.second.key }),
    status: 403,
    event: 'wrong_merchant',
  },
  {
    name: 'to a path that is nobody’s',
    send: (world, { tranId }) => callBack(world, fieldsOf(tranId), { part: 'made-up-part-of-nobody-at-all' }),
    status: 404,
    event: 'wrong_merchant',
  },
  {
    name: 'to the path without an account, while there are two',
    send(world, { tranId }) {
      const fields = fieldsOf(tranId)
      return world.hub.gateway('POST', paywayPath, {
        json: fields,
        headers: { 'x-payway-hmac-sha512': sortedSignature(fields, world.first.key) },
      })
    },
    status: 404,
    event: 'wrong_merchant',
  },
]

test('whatever somebody else sends, nothing is kept and no money moves', async (t) => {
  const world = await startWithPayway(t)
  // Made and paid now, nobody being told: PayWay shows what is new only after a while.
  const paid = await Promise.all(Array.from({ length: 8 }, () => paidCode(world)))
  const unpaid = await orderCode(world)
  const next = () => paid.pop() ?? assert.fail('more codes are needed')
  await t.test('[E87] about a code that we never gave out: its money is held', () => stranger(world))
  const known = next()
  for (const attack of attacks) {
    await t.test(`[E85] ${attack.name}`, async () => {
      for (const code of [unpaid, known]) await attacked(world, attack, code)
    })
  }
  await t.test('after all of them, the true message settles the code that was paid, and not the other', async () => {
    for (const code of [unpaid, known]) assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
    await isPaidOnce(world, known)
    await assertUntouched(world, unpaid)
  })
  await t.test('the true message, told again by somebody: 200, nothing happens twice, and it is an event', () =>
    replayed(world, next()),
  )
  await t.test('[E85] the fields of a true message in another order are the same message', () =>
    reordered(world, next()),
  )
  await t.test('messages of two codes that come in the other order settle each its own', () =>
    otherOrder(world, [next(), next()]),
  )
  await t.test('a form says the same as JSON, and an empty GET before it is a question whether we are there', () =>
    asForm(world, next()),
  )
  await t.test('a message signed with the key that follows settles as one with the key that goes', () =>
    nextKeySigns(world, next()),
  )
  await t.test('64 times the same message at once is kept once and settles once', () => burst(world, next()))
  await t.test('the books agree after all of it', () => booksAgree(world.hub))
})

async function paidCode(world: PaywayWorld): Promise<PaywayCode> {
  const code = await orderCode(world)
  await payCode(world, code, { webhook: 'drop' })
  return code
}

async function attacked(world: PaywayWorld, { send, status, event }: Attack, code: PaywayCode): Promise<void> {
  const before = event === undefined ? 0 : await countEvents(world, event)
  const asked = world.between.calls.length
  const answer = await send(world, code)
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.text.includes(world.first.key), false)
  if (event !== undefined)
    await patiently(`the event ${event}`, async () => (await countEvents(world, event)) === before + 1)
  assert.deepEqual(await keptAbout(world, code.tranId), [])
  assert.equal(world.between.calls.length, asked, 'the bank is not asked because somebody said so')
  await assertUntouched(world, code)
}

async function assertUntouched(world: PaywayWorld, { id }: PaywayCode): Promise<void> {
  const { status, applied, held } = await standing(world.hub, id)
  assert.deepEqual([status, applied, held], ['processing', 0, []])
}

async function isPaidOnce(world: PaywayWorld, { id }: PaywayCode): Promise<void> {
  await patiently(`payment ${id} to be completed`, async () => (await standing(world.hub, id)).status === 'completed')
  assert.deepEqual(await standing(world.hub, id), { status: 'completed', applied: 1, held: [], cases: [] })
}

async function replayed(world: PaywayWorld, code: PaywayCode): Promise<void> {
  const fields = fieldsOf(code.tranId)
  const first = await callBack(world, fields)
  assert.deepEqual([first.status, first.text], [200, '{"success":true,"message":"Webhook processed successfully"}'])
  await isPaidOnce(world, code)
  await outcomesBecome(world, code.tranId, ['applied'])
  const before = await countEvents(world, 'replayed')
  const again = await callBack(world, fields)
  assert.deepEqual([again.status, again.text], [first.status, first.text])
  await patiently('the event', async () => (await countEvents(world, 'replayed')) === before + 1)
  assert.equal((await keptAbout(world, code.tranId)).length, 1)
  await isPaidOnce(world, code)
}

async function reordered(world: PaywayWorld, code: PaywayCode): Promise<void> {
  const fields = fieldsOf(code.tranId)
  const backwards = Object.fromEntries(Object.entries(fields).toReversed())
  assert.equal((await callBack(world, backwards)).status, 200)
  await isPaidOnce(world, code)
  assert.equal((await callBack(world, fields)).status, 200)
  assert.equal((await keptAbout(world, code.tranId)).length, 1)
  await isPaidOnce(world, code)
}

async function otherOrder(world: PaywayWorld, codes: readonly PaywayCode[]): Promise<void> {
  for (const code of codes.toReversed()) assert.equal((await callBack(world, fieldsOf(code.tranId))).status, 200)
  for (const code of codes) await isPaidOnce(world, code)
}

async function asForm(world: PaywayWorld, code: PaywayCode): Promise<void> {
  const { hub, first } = world
  assert.equal((await hub.gateway('GET', `${paywayPath}/${first.part}`)).status, 200)
  const fields = fieldsOf(code.tranId)
  const told = await callBack(world, fields, {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.equal(told.status, 200, told.text)
  await isPaidOnce(world, code)
}

async function nextKeySigns(world: PaywayWorld, code: PaywayCode): Promise<void> {
  assert.equal((await callBack(world, fieldsOf(code.tranId), { key: nextKey })).status, 200)
  await isPaidOnce(world, code)
}

async function burst(world: PaywayWorld, code: PaywayCode): Promise<void> {
  const fields = fieldsOf(code.tranId)
  const told = await Promise.all(Array.from({ length: 64 }, () => callBack(world, fields)))
  assert.deepEqual(
    told.map((one) => one.status),
    Array<number>(64).fill(200),
  )
  assert.equal((await keptAbout(world, code.tranId)).length, 1)
  await isPaidOnce(world, code)
}

/** A code of our merchant id that was made by somebody else with our key. */
async function stranger(world: PaywayWorld): Promise<void> {
  const { hub, first } = world
  const tranId = '99001-strange'
  const at = hub.running.hub.banks.get(paywayBank)
  const account = at?.accounts.find((one) => one.accountNumber === first.id && one.currency === 'USD')
  assert.ok(at && account)
  const amount = { amountMinor: 1_100n, currency: 'USD' } as const
  const order = { reference: tranId, amount, payer: '', account, expiresAt: new Date(Date.now() + 600_000) }
  const { qrString: qr } = await at.bank.createQr(order, { correlationId: 'test-1' })
  await payCode(world, { qr }, { webhook: 'drop' })
  assert.equal((await callBack(world, fieldsOf(tranId))).status, 200)
  await outcomesBecome(world, tranId, ['suspense'])
  const { rows } = await hub.pool.query(
    `select s.reason from suspense s join receipts r on r.id = s.receipt_id where r.reference = $1`,
    [tranId],
  )
  assert.deepEqual(rows, [{ reason: 'unknown_payment' }])
}
