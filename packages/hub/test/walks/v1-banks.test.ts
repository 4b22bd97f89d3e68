import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { answers, askKhqr, becomes, confirmation, inquire, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { commandLine } from '../support/command-line.ts'
import { look, operatorToken, rowsIn } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import { assertRefused } from '../support/refused.ts'
import {
  type Answer,
  eventually,
  talkTo,
  type TestHub,
  testEnvironment,
  startOnFreePorts,
} from '../support/running-hub.ts'

test('banks are switched while hubs run', async (t) => {
  const hub = await startBadDays(t)
  await t.test('they are listed by their numbers, in parts, and shown with what they can do', () => listed(hub))
  await t.test('off: no new bill and no new code; what was opened before is proved, confirmed and shown', () =>
    switchedOff(hub),
  )
  await t.test('another process of the installation hears of a switch at once', () => elsewhere(t, hub))
  await t.test('a switch that nobody was told of is found within seconds', () => untold(hub))
  await t.test('it is audited with its reason, once per switch, and replayed under its key', () => audited(hub))
  await t.test('whoever is no operator, and whatever is no switch, is refused', () => refused(hub))
  await t.test('the command line lists, probes and switches them', () => byCommand(hub))
  await t.test('the command line makes the bearer with which a bank calls, and the one before goes on', () =>
    bearers(hub),
  )
})

let keys = 0

function patch(hub: TestHub, code: string, json: unknown, how: { token?: string; key?: string } = {}): Promise<Answer> {
  return hub.gateway('PATCH', `/v1/banks/${code}`, {
    token: how.token ?? operatorToken(hub),
    json,
    headers: { 'idempotency-key': how.key ?? `bank-${(keys += 1)}` },
  })
}

async function turn(hub: TestHub, code: string, active: boolean): Promise<void> {
  const answer = await patch(hub, code, { active, reason: 'A test turns it.' })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.json['active'], active)
}

async function listed(hub: TestHub): Promise<void> {
  const ids: number[] = []
  for (let cursor = ''; ; ) {
    const page = await look(hub, `banks?limit=2${cursor}`, hub.token('payments:read'))
    ids.push(...rowsIn(page).map((one) => Number(one['numeric_id'])))
    if (page.json['next_cursor'] === null) break
    cursor = `&cursor=${String(page.json['next_cursor'])}`
  }
  const configured = [...hub.running.hub.banks.values()].map((at) => at.numericId)
  assert.deepEqual(
    ids,
    configured.sort((a, b) => a - b),
  )
  const { text } = await look(hub, 'banks/bank02')
  assert.deepEqual(JSON.parse(text), {
    code: 'BANK02',
    numeric_id: 2,
    active: true,
    currencies: ['USD', 'KHR'],
    accounts: [
      { account_number: '900000000000021', currency: 'USD', active: true },
      { account_number: '900000000000021', currency: 'KHR', active: true },
    ],
    verify: 'never',
    calls_are_counted: false,
    refund: 'never',
    bills_settle_by_notice: true,
    khqr_settles_by_notice: true,
    fallback: [],
  })
  assertProblem(await look(hub, 'banks/NOBANK'), 404, 'BANK_NOT_FOUND')
  assertProblem(await look(hub, 'banks', hub.token('bills:read')), 403, 'FORBIDDEN')
}

async function switchedOff(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  const bill = await hub.bill()
  const counterId = Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
  await turn(hub, 'amk', false)
  assertRefused(await askKhqr(hub, 'AMK', await hub.bill()), 404, 'BANK_NOT_FOUND')
  assertRefused(await askKhqr(hub, '4', code.bill), 404, 'BANK_NOT_FOUND')
  assertRefused(await inquire(hub, 'AMK', code.bill), 404, 'BANK_NOT_FOUND')
  const shown = await hub.khqr('GET', `/khqr/${code.id}`, { token: hub.token('payments:read') })
  assert.equal(shown.json['data']?.['qrString'], code.qrString)
  await pay(hub, code)
  assert.deepEqual(await answers(hub, code.id), [200])
  await becomes(hub, code.id, {})
  const told = await confirmation(hub, 'AMK', { id: counterId, policyNumber: bill, bankTransactionId: 'TX-OFF-1' })
  assert.equal(told.status, 200, told.text)
  // The other banks are not meant.
  assert.equal((await askKhqr(hub, 'BANK01', await hub.bill())).status, 200)
  await turn(hub, 'AMK', true)
  assert.equal((await askKhqr(hub, 'AMK', await hub.bill())).status, 200)
}

async function elsewhere(t: TestContext, hub: TestHub): Promise<void> {
  const other = await startBeside(t, hub)
  await turn(hub, 'BANK01', false)
  await eventually(
    'the other process to hear of it',
    async () => (await inquire(other, 'BANK01', 'P123456789')).status === 404,
  )
  await turn(other, 'BANK01', true)
  await eventually(
    'this process to hear of it',
    async () => (await inquire(hub, 'BANK01', 'P123456789')).status === 200,
  )
  await other.stop()
}

/** A second process of the same installation, on the same database. */
async function startBeside(t: TestContext, hub: TestHub): Promise<TestHub> {
  const own = mkdtempSync(join(tmpdir(), 'khqr-hub-beside-'))
  copyFileSync(join(hub.dataDir, 'sandbox-secrets.json'), join(own, 'sandbox-secrets.json'))
  const environment = testEnvironment(own, hub.running.config.databaseUrl ?? '')
  const running = await startOnFreePorts(() => readConfig({}, environment))
  t.after(async () => {
    await running.stop()
    rmSync(own, { recursive: true, force: true })
  })
  return talkTo(running, hub.secrets, hub.pool, own)
}

async function untold(hub: TestHub): Promise<void> {
  await hub.pool.query('alter table banks disable trigger banks_tell')
  await hub.pool.query(`update banks set active = true where code = 'BANK03'`)
  await hub.pool.query('alter table banks enable trigger banks_tell')
  await eventually('the look', async () => (await inquire(hub, 'BANK03', 'P123456789')).status === 200)
  await turn(hub, 'BANK03', false)
}

async function audited(hub: TestHub): Promise<void> {
  const { rows: before } = await hub.pool.query(`select id from audit where object = 'bank BANK02'`)
  const body = { active: false, reason: 'Its codes cannot be scanned.' }
  const first = await patch(hub, 'BANK02', body, { key: 'once' })
  const again = await patch(hub, 'BANK02', body, { key: 'once' })
  assert.deepEqual([again.status, again.text], [200, first.text])
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  // Off already: nothing is switched.
  await turn(hub, 'BANK02', false)
  await turn(hub, 'BANK02', true)
  const { rows } = await hub.pool.query(
    `select actor, action, before, after, reason from audit where object = 'bank BANK02' order by id`,
  )
  assert.deepEqual(rows.slice(before.length), [
    {
      actor: 'operator operator-1',
      action: 'bank.disabled',
      before: { active: true },
      after: { active: false },
      reason: 'Its codes cannot be scanned.',
    },
    {
      actor: 'operator operator-1',
      action: 'bank.enabled',
      before: { active: false },
      after: { active: true },
      reason: 'A test turns it.',
    },
  ])
}

async function refused(hub: TestHub): Promise<void> {
  const body = { active: false, reason: 'A test turns it.' }
  const reader = hub.token('payments:read')
  assertProblem(await patch(hub, 'AMK', body, { token: reader }), 403, 'FORBIDDEN')
  const curious = hub.token('money:operate', 'curious-app')
  assertProblem(await patch(hub, 'AMK', body, { token: curious }), 403, 'OPERATOR_REQUIRED')
  assertProblem(await patch(hub, 'NOBANK', body), 404, 'BANK_NOT_FOUND')
  const wrong: [body: object, fields: string[]][] = [
    [{}, ['active', 'reason']],
    [{ active: 'no', reason: 'A test.' }, ['active']],
    [{ active: null, reason: 'A test.' }, ['active']],
    [{ active: false, reason: 'x' }, ['reason']],
    [{ ...body, numeric_id: 9 }, ['numeric_id']],
  ]
  for (const [json, fields] of wrong) {
    assert.deepEqual(assertProblem(await patch(hub, 'AMK', json), 400, 'BAD_REQUEST'), fields)
  }
  const post = await hub.gateway('POST', '/v1/banks/AMK', { token: operatorToken(hub), json: body })
  assertProblem(post, 405, 'METHOD_NOT_ALLOWED')
  assert.equal(post.headers.get('allow'), 'GET, PATCH')
  assert.equal((await look(hub, 'banks/AMK')).json['active'], true)
}

async function byCommand(hub: TestHub): Promise<void> {
  const list = await commandLine(hub, 'bank', 'list')
  assert.match(list.out, /^CODE +ID +STATE +ACCOUNTS +PROOF +FALLBACK\nBANK01 +1 +active +900000000000011 USD, /)
  assert.match(list.out, /\nBANK02 +2 +active +900000000000021 USD, 900000000000021 KHR +its notice settles +-\n/)
  assert.match(list.out, /\nBANK03 +3 +off /)
  const by = ['--operator', 'operator-2', '--reason', 'Tried by a test.']
  const off = await commandLine(hub, 'bank', 'disable', 'bank01', ...by)
  assert.deepEqual([off.code, off.out], [0, 'BANK01 is off. What was opened before goes on.\n'], off.err)
  await eventually('the hub to hear of it', async () => (await inquire(hub, 'BANK01', 'P123456789')).status === 404)
  const on = await commandLine(hub, 'bank', 'enable', 'BANK01', ...by, '--json')
  assert.deepEqual(JSON.parse(on.out), JSON.parse((await look(hub, 'banks/BANK01')).text))
  const probed = await commandLine(hub, 'bank', 'probe', 'BANK02')
  assert.equal(probed.code, 0, probed.err)
  assert.match(probed.out, /\nBANK02 +yes +yes +answers in \d+ ms and accepts our login\n$/)
  await hub.simulator('POST', '/_simulator/faults', { target: 'AMK', operation: 'login', fault: 'wrong-secret' })
  const refusing = await commandLine(hub, 'bank', 'probe', '--json')
  await hub.simulator('DELETE', '/_simulator/faults')
  assert.equal(refusing.code, 1)
  const rows = JSON.parse(refusing.out) as { code: string; answers: boolean; login: boolean; sentence: string }[]
  const amk = rows.find((one) => one.code === 'AMK')
  assert.deepEqual([amk?.answers, amk?.login], [true, false])
  assert.match(amk?.sentence ?? '', /refused our login/)
  const wrong: [words: string[], code: number, says: RegExp][] = [
    [
      ['bank', 'probe', 'nobank'],
      1,
      /No such bank\n {2}There is no bank nobank in the configuration; there are (.+, )?AMK, /,
    ],
    [['bank', 'disable', 'AMK', '--reason', 'A test.'], 2, /--operator/],
    [['bank', 'disable', 'AMK', '--operator', 'stranger', '--reason', 'A test.'], 1, /stranger is no operator/],
    [['bank', 'bearer', 'AMK', ...by, '--slot', '3'], 2, /--slot: "3" must be one of 1, 2/],
  ]
  const said = await Promise.all(wrong.map(([words]) => commandLine(hub, ...words)))
  for (const [index, [words, code, says]] of wrong.entries()) {
    assert.deepEqual([said[index]?.code, said[index]?.out], [code, ''], words.join(' '))
    assert.match(said[index]?.err ?? '', says)
  }
}

async function bearers(hub: TestHub): Promise<void> {
  const statusOf = async (token: string) =>
    (await hub.gateway('GET', '/BANK02/payments?query=P123456789', { token })).status
  const first = hub.secrets.banks['BANK02']?.bankToken ?? ''
  const by = ['--operator', 'operator-1', '--reason', 'The bank asked for it.']
  const second = (await commandLine(hub, 'bank', 'bearer', 'BANK02', '--slot', '2', ...by)).out.trim()
  assert.match(second, /^[\w-]{43}$/)
  assert.deepEqual([await statusOf(first), await statusOf(second)], [200, 200])
  const third = (await commandLine(hub, 'bank', 'bearer', 'BANK02', ...by)).out.trim()
  await eventually('the replaced one to be refused', async () => (await statusOf(first)) === 401)
  assert.deepEqual([await statusOf(second), await statusOf(third)], [200, 200])
  const { rows } = await hub.pool.query(
    `select before, after, reason from audit where action = 'bank.bearer_made' order by id`,
  )
  assert.deepEqual(
    rows.map((row) => [row.before?.slot ?? null, row.after.slot, row.reason]),
    [
      [null, 2, 'The bank asked for it.'],
      [1, 1, 'The bank asked for it.'],
    ],
  )
  assert.ok(!JSON.stringify(rows).includes(second))
}
