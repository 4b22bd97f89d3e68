import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signAccessToken } from '../../src/http/tokens/tokens.ts'
import { commandLine } from '../support/command-line.ts'
import { look, operate, operatorToken, raiseCase } from '../support/operators.ts'
import { assertProblem } from '../support/problem.ts'
import { eventually, startTestHub, type TestHub } from '../support/running-hub.ts'

test('only registered operators act', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  await t.test('an operator is who the token names: its claim, or else its subject', () => whoIs(hub))
  await t.test('one who may operate and is not registered may look, and acts on nothing; it is audited', () =>
    unregistered(hub),
  )
  await t.test('the command line adds, lists and removes operators, each with a row in the audit log', () =>
    registering(hub),
  )
  await t.test('the command line mints a token that counts as its operator', () => minting(hub))
  await t.test('the command line lists, shows and closes cases', () => cases(hub))
  await t.test('the command line acts for nobody else', () => refusals(hub))
})

const decision = { outcome: 'resolved', reason: 'It was looked at.' }

async function closerOf(hub: TestHub, token: string): Promise<unknown> {
  const answer = await operate(hub, `cases/${await raiseCase(hub)}/close`, decision, { token })
  return answer.status === 200 ? answer.json['closed_by'] : answer.json['code']
}

async function whoIs(hub: TestHub): Promise<void> {
  const sign = (claims: { subject: string; operator?: string; scope?: string }) =>
    signAccessToken(hub.running.tokens, { scope: 'money:operate', ttlS: 600, ...claims })
  const rows: [token: string, closer: string][] = [
    [sign({ subject: 'operator-1' }), 'operator-1'],
    [sign({ subject: 'app-7', operator: 'operator-2' }), 'operator-2'],
    [sign({ subject: 'operator-1', operator: 'operator-2' }), 'operator-2'],
    [sign({ subject: 'operator-1', operator: 'somebody' }), 'OPERATOR_REQUIRED'],
    [sign({ subject: 'app-7' }), 'OPERATOR_REQUIRED'],
    [sign({ subject: 'operator-1', operator: '' }), 'UNAUTHORIZED'],
    [sign({ subject: 'operator-1', scope: 'payments:read admin:all' }), 'FORBIDDEN'],
    [hub.secrets.serviceToken, 'FORBIDDEN'],
  ]
  for (const [token, closer] of rows) assert.equal(await closerOf(hub, token), closer)
}

async function unregistered(hub: TestHub): Promise<void> {
  const token = hub.token('money:operate', 'curious-app')
  const id = await raiseCase(hub)
  assert.equal((await look(hub, `cases/${id}`, token)).status, 200)
  assertProblem(await operate(hub, `cases/${id}/close`, decision, { token }), 403, 'OPERATOR_REQUIRED')
  assert.equal((await look(hub, `cases/${id}`, token)).json['state'], 'open')
  await eventually('the audit row', async () => {
    const { rows } = await hub.pool.query(
      `select from audit where action = 'security.out_of_scope' and actor = 'access curious-app'`,
    )
    return rows.length === 1
  })
}

async function registering(hub: TestHub): Promise<void> {
  const token = operatorToken(hub, 'dara')
  assert.equal(await closerOf(hub, token), 'OPERATOR_REQUIRED')
  assert.equal((await commandLine(hub, 'operator', 'add', 'dara', '--reason', 'New in finance')).code, 0)
  assert.equal(await closerOf(hub, token), 'dara')
  const again = await commandLine(hub, 'operator', 'add', 'dara')
  assert.deepEqual([again.code, again.out], [0, 'dara was an operator already.\n'])
  assert.equal((await commandLine(hub, 'operator', 'remove', 'dara')).code, 0)
  assert.equal(await closerOf(hub, token), 'OPERATOR_REQUIRED')
  assert.equal((await commandLine(hub, 'operator', 'remove', 'dara')).code, 1)
  const { out } = await commandLine(hub, 'operator', 'list', '--json')
  const listed = (JSON.parse(out) as { name: string; active: boolean }[]).map((one) => [one.name, one.active])
  assert.deepEqual(listed, [
    ['dara', false],
    ['operator-1', true],
    ['operator-2', true],
  ])
  assert.match((await commandLine(hub, 'operator', 'list')).out, /^NAME +STATE +ADDED\ndara +removed /)
  const { rows } = await hub.pool.query(
    `select action, before, after, reason from audit where object = 'operator dara' order by id`,
  )
  assert.deepEqual(rows, [
    { action: 'operator.added', before: null, after: { active: true }, reason: 'New in finance' },
    { action: 'operator.removed', before: { active: true }, after: { active: false }, reason: null },
  ])
  const odd = await commandLine(hub, 'operator', 'add', 'a b')
  assert.deepEqual([odd.code, odd.out], [2, ''])
  assert.match(odd.err, /"a b" is no operator's name/)
  await assert.rejects(hub.pool.query(`delete from operators where name = 'dara'`), { code: '23001' })
}

async function minting(hub: TestHub): Promise<void> {
  const mint = async (...words: string[]) =>
    (await commandLine(hub, 'token', '--scope', 'money:operate', ...words)).out.trim()
  assert.equal(await closerOf(hub, await mint('--operator', 'operator-2')), 'operator-2')
  assert.equal(await closerOf(hub, await mint('--operator', 'operator-2', '--subject', 'operator-1')), 'operator-2')
  assert.equal(await closerOf(hub, await mint()), 'OPERATOR_REQUIRED')
  const { out } = await commandLine(hub, 'token', '--scope', 'money:operate', '--operator', 'operator-1', '--json')
  const { subject, operator } = JSON.parse(out) as Record<string, string>
  assert.deepEqual([subject, operator], ['operator-1', 'operator-1'])
  assert.equal((await commandLine(hub, 'token', '--scope', 'money:operate', '--operator', '-')).code, 2)
}

async function cases(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub, { kind: 'old_money', bank: 'AMK' })
  const list = await commandLine(hub, 'case', 'list', '--kind', 'old_money')
  assert.match(list.out, new RegExp(`^ID +KIND .*\\n${id} +old_money +AMK +- .* A test doubts\\.\\n$`))
  assert.match((await commandLine(hub, 'case', 'show', id)).out, /kind +old_money\n[^]*closed +not yet\n/)
  const close = ['case', 'close', id, '--operator', 'operator-2', '--reason', 'Seen to.', '--outcome', 'duplicate']
  const closed = await commandLine(hub, ...close, '--json')
  assert.equal(closed.code, 0, closed.err)
  assert.deepEqual(JSON.parse(closed.out), (await look(hub, `cases/${id}`)).json)
  assert.equal((JSON.parse(closed.out) as Record<string, string>)['closed_by'], 'operator-2')
  const again = await commandLine(hub, ...close)
  assert.deepEqual([again.code, again.out], [1, ''])
  assert.match(again.err, /closed already/)
  const open = JSON.parse((await commandLine(hub, 'case', 'list', '--kind', 'old_money', '--json')).out) as unknown[]
  assert.deepEqual(open, [])
}

async function refusals(hub: TestHub): Promise<void> {
  const id = await raiseCase(hub)
  const close = ['case', 'close', id, '--outcome', 'resolved']
  const rows: [words: string[], code: number, says: RegExp][] = [
    [[...close, '--reason', 'Seen to.'], 2, /--operator/],
    [[...close, '--operator', 'operator-1'], 2, /--reason/],
    [[...close, '--operator', 'operator-1', '--reason', 'x'], 2, /3 to 500/],
    [[...close, '--operator', 'stranger', '--reason', 'Seen to.'], 1, /stranger is no operator/],
    [['case', 'close', id, '--outcome', 'fine', '--operator', 'operator-1', '--reason', 'Seen to.'], 2, /"fine"/],
    [['case', 'show', 'sus_7'], 2, /case_7/],
    [['case', 'show', 'case_999999'], 1, /There is no case/],
  ]
  const answers = await Promise.all(rows.map(([words]) => commandLine(hub, ...words)))
  for (const [index, [words, code, says]] of rows.entries()) {
    assert.deepEqual([answers[index]?.code, answers[index]?.out], [code, ''], words.join(' '))
    assert.match(answers[index]?.err ?? '', says)
  }
  assert.equal((await look(hub, `cases/${id}`)).json['state'], 'open')
}
