import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, makeCode, pay, startBadDays } from '../support/bad-day.ts'
import { commandLine } from '../support/command-line.ts'
import { look, rowsIn, shown } from '../support/operators.ts'
import { minutePasses, takeBack } from '../support/reversals.ts'
import type { TestHub } from '../support/running-hub.ts'

test('the command line does what /v1 does with money', async (t) => {
  const hub = await startBadDays(t)
  await t.test('suspense list, show, apply and write-off', () => suspense(hub))
  await t.test('act list, approve and reject, by a second operator', () => acts(hub))
  await t.test('refund create, list, show, approve, evidence and cancel', () => refunds(hub))
  await t.test('payment cancel', () => cancel(hub))
  await t.test('payment verify tells of money that the bank does not list', () => verify(hub))
  await t.test('what cannot be done ends with 1 or 2, a sentence, and nothing on standard output', () => refusals(hub))
})

const by = (operator: string, reason = 'The customer called.') => ['--operator', operator, '--reason', reason]

async function say(hub: TestHub, ...words: string[]): Promise<string> {
  const { code, out, err } = await commandLine(hub, ...words)
  assert.equal(code, 0, `${words.join(' ')}: ${err}`)
  return out
}

async function json(hub: TestHub, ...words: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await say(hub, ...words, '--json')) as Record<string, unknown>
}

/** A bill of 25 dollars, paid with 30: its id, and that of the money in suspense. */
async function overpaid(hub: TestHub): Promise<{ id: string; held: string }> {
  const code = await makeCode(hub, 'AMK')
  await pay(hub, code, { amount: '30.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['overpaid'] })
  const [row] = rowsIn(await look(hub, `suspense?payment=${code.id}`))
  return { id: String(code.id), held: String(row?.['id']) }
}

async function suspense(hub: TestHub): Promise<void> {
  const { id, held } = await overpaid(hub)
  const listed = await say(hub, 'suspense', 'list', '--payment', id)
  assert.match(
    listed,
    new RegExp(`^ID +REASON +LEFT .*\\n${held} +overpaid +USD 30\\.00 +USD 30\\.00 +AMK +\\d+ +${id} `),
  )
  const applied = await json(hub, 'suspense', 'apply', held, '--payment', id, ...by('operator-1'))
  assert.deepEqual([applied['status'], applied['amount'], applied['requested_by']], ['done', '25.00', 'operator-1'])
  const writtenOff = await say(hub, 'suspense', 'write-off', held, '--amount', '5.00', ...by('operator-2'))
  assert.match(
    writtenOff,
    new RegExp(`^act_\\w+: write off USD 5\\.00 of ${held}, asked by operator-2 \\(.*\\): done by operator-2\\n$`),
  )
  const whole = await json(hub, 'suspense', 'show', held)
  assert.deepEqual(whole, (await look(hub, `suspense/${held}`)).json)
  const audited = await say(hub, 'audit', 'list', '--object', held)
  assert.match(audited, /suspense\.apply\.done +suspense \d+/)
  assert.equal(await say(hub, 'audit', 'list', '--object', held.replace('sus_', 'suspense ')), audited)
  assert.match(await say(hub, 'suspense', 'show', held), /^id +sus_\d+\nstate +resolved\n[^]*apply USD 25\.00/)
  assert.equal(await say(hub, 'suspense', 'list', '--payment', id), 'There is no open money in suspense that fits.\n')
}

async function acts(hub: TestHub): Promise<void> {
  const { held } = await overpaid(hub)
  const other = String((await makeCode(hub, 'AMK')).id)
  const apply = ['suspense', 'apply', held, '--payment', other]
  const asked = String((await json(hub, ...apply, '--amount', '1.00', ...by('operator-1')))['id'])
  assert.match(
    await say(hub, 'act', 'list', '--status', 'requires_approval'),
    new RegExp(`^${asked}: apply USD 1\\.00 .* waits for`),
  )
  const own = await commandLine(hub, 'act', 'approve', asked, ...by('operator-1'))
  assert.deepEqual([own.code, own.out], [1, ''])
  assert.match(own.err, /second operator/)
  assert.match(await say(hub, 'act', 'reject', asked, ...by('operator-1')), /: rejected by operator-1\n$/)
  const again = String((await json(hub, ...apply, ...by('operator-1')))['id'])
  const approved = await json(hub, 'act', 'approve', again, ...by('operator-2'))
  assert.deepEqual([approved['status'], approved['decided_by']], ['done', 'operator-2'])
  await becomes(hub, Number(other), {})
  const rest = await json(hub, 'suspense', 'refund', held, ...by('operator-1'))
  assert.deepEqual([rest['amount'], rest['suspense'], rest['status']], ['5.00', held, 'requires_evidence'])
}

async function refunds(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK', { amount: '200.00', currency: 'USD' })
  await pay(hub, code)
  await becomes(hub, code.id, {})
  const create = ['refund', 'create', '--payment', String(code.id)]
  const large = String((await json(hub, ...create, '--amount', '150.00', ...by('operator-1')))['id'])
  const approved = await json(hub, 'refund', 'approve', large, ...by('operator-2'))
  assert.deepEqual([approved['status'], approved['approved_by']], ['requires_evidence', 'operator-2'])
  const proof = ['--bank-reference', 'TRF-0003', '--paid-at', new Date().toISOString()]
  const sent = await json(hub, 'refund', 'evidence', large, ...proof, ...by('operator-2', 'Sent by finance.'))
  assert.deepEqual([sent['status'], sent['bank_reference']], ['succeeded', 'TRF-0003'])
  assert.deepEqual(await json(hub, 'refund', 'show', large), (await look(hub, `refunds/${large}`)).json)
  const rest = String((await json(hub, ...create, ...by('operator-2')))['id'])
  assert.match(
    await say(hub, 'refund', 'cancel', rest, ...by('operator-1')),
    /cancelled\. Called off by operator-1\.\n$/,
  )
  const listed = (await say(hub, 'refund', 'list', '--payment', String(code.id))).split('\n')
  assert.deepEqual(
    listed.map((line) => line.slice(0, 30)),
    [rest, large, ''],
  )
  assert.equal(shown(await look(hub, `payments/${code.id}`))['amount_refunded'], '150.00')
}

async function cancel(hub: TestHub): Promise<void> {
  const { id } = await makeCode(hub, 'AMK')
  const cancelled = await json(hub, 'payment', 'cancel', String(id), ...by('operator-2'))
  assert.deepEqual([cancelled['number'], cancelled['status']], [id, 'cancelled'])
  const { rows } = await hub.pool.query('select actor from audit where object = $1', [`payment ${id}`])
  assert.deepEqual(rows, [{ actor: 'operator operator-2' }])
}

async function verify(hub: TestHub): Promise<void> {
  const code = await makeCode(hub, 'AMK')
  await pay(hub, code)
  await becomes(hub, code.id, {})
  await takeBack(hub, code)
  const missing = /\n1 movement in the books is not listed by AMK\. /
  assert.match(await say(hub, 'payment', 'verify', String(code.id)), missing)
  await minutePasses(hub)
  const reversed = await say(hub, 'payment', 'verify', String(code.id))
  assert.match(reversed, /^Payment \d+ pay_\w+: completed \(reversed\), /)
  assert.doesNotMatch(reversed, missing)
}

async function refusals(hub: TestHub): Promise<void> {
  const { held } = await overpaid(hub)
  const rows: [words: string[], code: number, says: RegExp][] = [
    [
      ['suspense', 'write-off', held, '--amount', '30.01', ...by('operator-1')],
      1,
      /more than there is\n  USD 30\.01 was asked for, and USD 30\.00 of /,
    ],
    [
      ['suspense', 'write-off', held, '--amount', 'x', ...by('operator-1')],
      1,
      /not right\n  amount: "x" is not a plain/,
    ],
    [
      ['suspense', 'list', '--bank', 'nobank'],
      2,
      /--bank: "NOBANK" must be one of (.+, )?AMK, (.+, )?BANK01, BANK02, BANK03/,
    ],
    [['refund', 'list', '--payment', '999999999'], 2, /--payment: there is no payment 999999999/],
    [['case', 'list', '--kind', 'odd'], 2, /--kind: "odd" must be one of old_money, /],
    [['suspense', 'write-off', 'case_1', ...by('operator-1')], 2, /sus_7/],
    [['suspense', 'apply', held, '--payment', 'x', ...by('operator-1')], 2, /no payment id/],
    [['suspense', 'show', 'sus_999999'], 1, /sus_999999/],
    [['suspense', 'list', '--reason', 'odd'], 2, /--reason: "odd"/],
    [['act', 'approve', 'act_1', ...by('operator-1')], 2, /no act/],
    [['refund', 'show', 'rfd_1'], 2, /no refund/],
    [['refund', 'create', '--payment', '999999999', ...by('operator-1')], 1, /no payment 999999999/],
    [['refund', 'list', '--limit', '0'], 2, /--limit/],
    [['payment', 'cancel', '150001', '--reason', 'No operator.'], 2, /--operator/],
    [['payment', 'cancel', '150001', ...by('stranger')], 1, /stranger is no operator/],
  ]
  const answers = await Promise.all(rows.map(([words]) => commandLine(hub, ...words)))
  for (const [index, [words, code, says]] of rows.entries()) {
    assert.deepEqual([answers[index]?.code, answers[index]?.out], [code, ''], words.join(' '))
    assert.match(answers[index]?.err ?? '', says)
  }
}
