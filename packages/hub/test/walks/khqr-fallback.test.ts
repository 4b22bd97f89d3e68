import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { decode } from '@khqr-hub/khqr'
import type { Config } from '../../src/config.ts'
import {
  askKhqr,
  becomes,
  clearFaults,
  creditedInTheEnd,
  makeCode,
  patiently,
  pay,
  setFault,
  standing,
} from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { assertRefused } from '../support/refused.ts'
import { type Json, startTestHub, type TestHub } from '../support/running-hub.ts'
import { restSchedule, timePasses } from '../support/schedule.ts'

/** Each bank with the banks that stand in for it. */
const lists: Readonly<Record<string, readonly string[]>> = {
  AMK: ['BANK03', 'BANK01', 'BANK02'],
  BANK01: ['AMK', 'BANK02'],
}

test('a bank that cannot make codes hands over to the next one of its list', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' }, withLists(lists))
  await restSchedule(hub)
  const named = (title: string, run: (hub: TestHub, t: TestContext) => Promise<void>) =>
    t.test(title, async (inner) => {
      await run(hub, inner)
      await clearFaults(hub)
    })
  await named('the code is the next active bank’s, and servedBy says so; paid, it settles the bill once', served)
  await named('asked again, the same code is shown, also when the bank is back', sameCode)
  await named('while its own code is open nobody is asked to stand in', ownCode)
  await named('one without an account in that currency is passed over', byCurrency)
  await named('one that cannot serve either is passed over', allInTurn)
  await named('where none can, the answer is about the bank that was asked for', none)
  await named('a refusal of ours is no outage: the bank said something', refusals)
  await named('both codes paid: one settles, the other is held', bothPaid)
  await named('while nobody knows whether its own code was paid, nobody stands in', mayBePaid)
})

test('a bank whose circuit is open is not asked, and another stands in', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' }, withLists(lists))
  await restSchedule(hub)
  await setFault(hub, 'AMK', 'qr', '500')
  const isLeftAlone = async ({ id }: Served) => {
    const { rows } = await hub.pool.query(
      `select closed_because from attempts where payment_number = $1 and bank_code = 'AMK'`,
      [id],
    )
    return String(rows[0]?.closed_because).endsWith('is left alone after repeated failures')
  }
  const codes: Served[] = []
  // It opens when more than half of at least ten calls in a minute have failed.
  for (let asked = 0; asked < 12; asked += 1) codes.push(await ask(hub, 'AMK', await hub.bill()))
  assert.deepEqual(new Set(codes.map((code) => code.servedBy)), new Set(['BANK01']))
  assert.deepEqual(await Promise.all([codes[0], codes[11]].map((code) => code && isLeftAlone(code))), [false, true])
})

test('a bank that counts our calls writes the code itself, while calls are left to prove its payment', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' }, withLists({ AMK: ['BAKONG'] }))
  await setFault(hub, 'AMK', 'qr', '500')
  const code = await ask(hub, 'AMK', await hub.bill())
  assert.deepEqual([code.servedBy, payeeOf(code)], ['BAKONG', 'sample_shop@smpl'])
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: 'BAKONG', qr: code.qrString })
  assert.equal(paid.status, 200, paid.text)
  await becomes(hub, code.id, {})
  await creditedInTheEnd(hub, code.id)
  assert.equal((await hub.credits(code.id)).length, 1)
  await t.test('none is left: the code of another bill is not made, as its payment could not be proved', async () => {
    for (const one of ['check-md5', 'check-md5-list']) await setFault(hub, 'BAKONG', one, 'quota')
    const open = await ask(hub, 'AMK', await hub.bill())
    const { bank } = hub.running.hub.banks.get('BAKONG') ?? {}
    await patiently('the day’s calls to be used up', async () => (await bank?.allowance?.())?.latched)
    assertRefused(await askKhqr(hub, 'AMK', await hub.bill()), 503, 'SERVER_UNAVAILABLE')
    // The one that is open goes on being shown.
    assert.equal((await askKhqr(hub, 'AMK', open.bill)).json['data']?.['qrString'], open.qrString)
  })
})

test('a list that names no other configured bank stops the start', async (t) => {
  for (const wrong of [['AMK'], ['NOBANK'], ['BANK01', 'bank01']]) {
    await assert.rejects(
      startTestHub(t, {}, withLists({ AMK: wrong })),
      /banks\.AMK\.fallback has ".+": it must name other/,
    )
  }
})

function withLists(given: Readonly<Record<string, readonly string[]>>): (config: Config) => Config {
  const banks = Object.fromEntries(Object.entries(given).map(([code, fallback]) => [code, { fallback }]))
  return (config) => ({ ...config, banks })
}

type Served = {
  readonly id: number
  readonly bill: string
  readonly qrString: string
  readonly servedBy: string | undefined
}

async function ask(hub: TestHub, bank: string, bill: string): Promise<Served> {
  const answer = await askKhqr(hub, bank, bill)
  assert.equal(answer.status, 200, answer.text)
  const data = answer.json['data'] as Json
  const servedBy = data['servedBy'] as unknown as string | undefined
  return { id: Number(data['paymentId']), bill, qrString: String(data['qrString']), servedBy }
}

function payeeOf(code: Served): string | undefined {
  return decode(code.qrString).payeeAccount
}

async function served(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  await setFault(hub, 'AMK', 'qr', '500')
  const code = await ask(hub, 'AMK', bill)
  // BANK03 is the first of the list, and not active.
  assert.deepEqual([code.servedBy, payeeOf(code)], ['BANK01', 'sample_insurer@bk01'])
  const again = await hub.khqr('GET', `/khqr/${code.id}`, { token: hub.token('payments:read') })
  assert.equal(again.json['data']?.['servedBy'], 'BANK01')
  await pay(hub, { bank: 'BANK01', id: code.id })
  await becomes(hub, code.id, {})
  await creditedInTheEnd(hub, code.id)
  await booksAgree(hub)
}

async function sameCode(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  await setFault(hub, 'AMK', 'qr', '500')
  const first = await ask(hub, 'AMK', bill)
  assert.deepEqual(await ask(hub, 'AMK', bill), first)
  await clearFaults(hub)
  assert.deepEqual(await ask(hub, 'AMK', bill), first)
  // Asked for by its own name it is the same code, and nobody stood in.
  assert.deepEqual(await ask(hub, 'BANK01', bill), { ...first, servedBy: undefined })
  await timePasses(hub, first.id, 16)
  const own = await ask(hub, 'AMK', bill)
  assert.deepEqual([own.id, own.servedBy, payeeOf(own)], [first.id, undefined, 'sample_insurer@amkb'])
}

async function ownCode(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  const own = await ask(hub, 'AMK', bill)
  for (const operation of ['qr', 'verify', 'login']) await setFault(hub, 'AMK', operation, '500')
  assert.deepEqual(await ask(hub, 'AMK', bill), own)
  assert.equal(own.servedBy, undefined)
}

async function byCurrency(hub: TestHub): Promise<void> {
  await setFault(hub, 'BANK01', 'qr', '500')
  const riel = await ask(hub, 'BANK01', await hub.bill({ currency: 'KHR', amount: '40000' }))
  assert.deepEqual([riel.servedBy, payeeOf(riel)], ['BANK02', 'sample_insurer@bk02'])
  const dollars = await ask(hub, 'BANK01', await hub.bill())
  assert.equal(dollars.servedBy, 'AMK')
}

async function allInTurn(hub: TestHub): Promise<void> {
  await setFault(hub, 'AMK', 'qr', '500')
  await setFault(hub, 'BANK01', 'qr', 'html')
  const code = await ask(hub, 'AMK', await hub.bill())
  assert.deepEqual([code.servedBy, payeeOf(code)], ['BANK02', 'sample_insurer@bk02'])
}

async function none(hub: TestHub): Promise<void> {
  await setFault(hub, 'AMK', 'qr', '500')
  await setFault(hub, 'BANK01', 'qr', 'wrong-payee')
  await setFault(hub, 'BANK02', 'qr', 'wrong-qr')
  const answer = await askKhqr(hub, 'AMK', await hub.bill())
  assertRefused(answer, 503, 'SERVER_UNAVAILABLE')
  assert.match(answer.text, /AMK cannot/)
}

async function refusals(hub: TestHub): Promise<void> {
  const rows: [operation: string, fault: string, status: number, code: string][] = [
    ['login', 'wrong-secret', 401, 'FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER'],
    ['qr', 'html', 502, 'PARTNER_RESPONSE_INVALID'],
    ['qr', 'wrong-qr', 502, 'PARTNER_RESPONSE_INVALID'],
    ['qr', 'wrong-payee', 502, 'PARTNER_RESPONSE_INVALID'],
  ]
  for (const [operation, fault, status, code] of rows) {
    await clearFaults(hub)
    // Its log-in may be remembered from before: a token that it takes no more makes it log in.
    if (operation === 'login') await setFault(hub, 'AMK', 'qr', 'wrong-secret')
    await setFault(hub, 'AMK', operation, fault)
    assertRefused(await askKhqr(hub, 'AMK', await hub.bill()), status, code)
  }
}

async function bothPaid(hub: TestHub): Promise<void> {
  const own = await makeCode(hub, 'AMK')
  await timePasses(hub, own.id, 16)
  // Verify still answers: nobody has paid the old code, so another may be shown.
  await setFault(hub, 'AMK', 'qr', '500')
  const other = await ask(hub, 'AMK', own.bill)
  assert.deepEqual([other.id, other.servedBy], [own.id, 'BANK01'])
  await Promise.all([pay(hub, own), pay(hub, { bank: 'BANK01', id: own.id })])
  await becomes(hub, own.id, { held: ['duplicate_payment'] })
  await creditedInTheEnd(hub, own.id)
  assert.equal((await hub.credits(own.id)).length, 1)
  await booksAgree(hub)
}

async function mayBePaid(hub: TestHub): Promise<void> {
  const own = await makeCode(hub, 'AMK')
  await timePasses(hub, own.id, 16)
  await pay(hub, own, { webhook: 'drop' })
  for (const operation of ['qr', 'verify']) await setFault(hub, 'AMK', operation, '500')
  assertRefused(await askKhqr(hub, 'AMK', own.bill), 503, 'SERVER_UNAVAILABLE')
  await clearFaults(hub)
  // Asked before another code is made, its bank tells of the money.
  assertRefused(await askKhqr(hub, 'AMK', own.bill), 404, 'RESOURCE_NOT_FOUND')
  assert.equal((await standing(hub, own.id)).status, 'completed')
}
