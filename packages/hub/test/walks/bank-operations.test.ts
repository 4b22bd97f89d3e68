import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commandLine, type Said } from '../support/command-line.ts'
import { testDatabase } from '../support/database.ts'
import { createOrder, openPayment, paymentBecomes } from '../support/orders.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'
import { restSchedule } from '../support/schedule.ts'

test('what a bank has beside payments is done from the command line', async (t) => {
  const hub = await startTestHub(t)
  await restSchedule(hub)
  await t.test('its operations are listed, with their fields', () => listed(hub))
  await t.test('an answer is printed as JSON, and nothing besides', () => answered(hub))
  await t.test('what is missing or unknown is named, and nothing is asked', () => called(hub))
  await t.test('an operation that is switched off says which setting it needs', () => switchedOff(hub))
  await t.test('what has come in is listed by account and currency, in days of the bank', () => movements(hub))
})

async function listed(hub: TestHub): Promise<void> {
  const [shown, json, amk] = await Promise.all([
    commandLine(hub, 'bank', 'call', 'aba'),
    commandLine(hub, 'bank', 'call', 'ABA', '--json'),
    commandLine(hub, 'bank', 'call', 'AMK'),
  ])
  assert.equal(shown.code, 0, shown.err)
  assert.match(shown.out, /^OPERATION +WHAT IT DOES +FIELDS\n/)
  assert.match(shown.out, /\ntransaction-detail +tells everything about a transaction; .* +tran_id \[merchant_id\]\n/)
  const rows = JSON.parse(json.out) as { name: string }[]
  assert.deepEqual(
    rows.filter((one) => (one as { moves_money?: boolean }).moves_money).map((one) => one.name),
    ['cof-payment'],
  )
  assert.equal(amk.out, 'AMK has no operations beside payments.\n')
}

async function answered(hub: TestHub): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-test-'))
  const title = join(folder, 'title')
  writeFileSync(title, 'សាកល្បង\n')
  const fields = [`title=@${title}`, 'amount=2.50', 'currency=USD', 'merchant_ref_no=a=b']
  const [rate, link] = await Promise.all([
    commandLine(hub, 'bank', 'call', 'ABA', 'exchange-rate'),
    commandLine(hub, 'bank', 'call', 'ABA', 'payment-link-create', ...fields),
  ])
  assert.equal(rate.code, 0, rate.err)
  assert.ok('exchange_rates' in (JSON.parse(rate.out) as object), rate.out)
  rmSync(folder, { recursive: true })
  assert.equal(link.code, 0, link.err)
  const { data } = JSON.parse(link.out) as { data: Record<string, unknown> }
  assert.deepEqual([data['title'], Number(data['amount']), data['currency']], ['សាកល្បង', 2.5, 'USD'])
  const [again, strange] = await Promise.all(
    [String(data['id']), 'made-up'].map((id) =>
      commandLine(hub, 'bank', 'call', 'ABA', 'payment-link-detail', `id=${id}`),
    ),
  )
  assert.ok(again && strange)
  assert.equal(again.code, 0, again.err)
  assert.equal(strange.code, 1)
  assert.match(strange.err, /^ABA payment-link-detail: code /)
}

async function called(hub: TestHub): Promise<void> {
  const rows = [
    [['transaction-detail'], /^transaction-detail needs tran_id \(of the transaction\)\.\n$/],
    [['transaction-detail', 'tran=1'], /^transaction-detail has no field "tran": it has tran_id, merchant_id\.\n$/],
    [['transaction-detail', 'tran_id=@/does/not/exist'], /^tran_id: \/does\/not\/exist cannot be read/],
    [['sell'], /^ABA has no operation "sell": it has exchange-rate, /],
  ] as const
  await Promise.all(
    rows.map(async ([words, message]) => {
      const said = await commandLine(hub, 'bank', 'call', 'ABA', ...words)
      assert.deepEqual([said.code, said.out], [2, ''], said.err)
      assert.match(said.err, message)
    }),
  )
}

async function switchedOff(hub: TestHub): Promise<void> {
  const said = await commandLine(hub, 'bank', 'call', 'ABA', 'cof-token-details', 'request_id=made-up')
  assert.deepEqual([said.code, said.out], [1, ''])
  assert.match(said.err, /cof-token-details is switched off: set .*PAYWAY_FEATURE_AOF/)
}

async function movements(hub: TestHub): Promise<void> {
  const order = await createOrder(hub, { total: '20000', currency: 'KHR' })
  const { khqr } = await openPayment(hub, order)
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: 'ABA', qr: khqr.qr_string })
  assert.equal(paid.status, 200, paid.text)
  await paymentBecomes(hub, order, 'completed')
  const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)
  const before = new Date(Date.now() - 2 * 86_400_000).toISOString()
  const list = (...words: string[]) => commandLine(hub, 'bank', 'movements', ...words)
  const [json, shown, usd] = await Promise.all([
    list('ABA', '--from', before, '--to', today, '--json'),
    list('aba', '--from', today, '--to', today),
    list('ABA', '--from', today, '--to', today, '--currency', 'usd'),
  ])
  assert.equal(json.code, 0, json.err)
  const [row, ...others] = JSON.parse(json.out) as Record<string, unknown>[]
  assert.equal(others.length, 0)
  assert.deepEqual(
    [row?.['amount'], row?.['currency'], row?.['reference'], row?.['bank_transaction_id'], row?.['reversed']],
    ['20000', 'KHR', khqr.transaction_id, khqr.transaction_id, false],
  )
  assert.match(shown.out, new RegExp(`\\n\\S+Z +KHR 20000 +${khqr.transaction_id} +`))
  assert.equal(usd.out, 'ABA lists nothing in this time.\n')
  const rows = [
    [['ABA', '--from', 'today', '--to', today], /^--from: "today" is no time/],
    [['ABA', '--from', today, '--to', '2020-01-01'], /^--to: "2020-01-01" is before --from/],
  ] as const
  await Promise.all(
    rows.map(async ([words, message]) => {
      const said = await list(...words)
      assert.equal(said.code, 2, said.err)
      assert.match(said.err, message)
    }),
  )
}

test('in live mode a customer’s money is taken only by somebody who says that he means it', async (t) => {
  const { url } = await testDatabase(t)
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-test-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const env = {
    HUB_MODE: 'live',
    HUB_DATA_DIR: dataDir,
    DATABASE_URL: url,
    JWT_SECRET: 'made-up-secret-made-up-secret-32',
    HUB_PUBLIC_URL: 'https://pay.example',
    PAYWAY_MERCHANT_ID: 'made-up-shop',
    PAYWAY_API_KEY: 'made-up-key',
    // Nobody listens there: what is asked for all the same is refused at once.
    PAYWAY_API_URL: 'https://127.0.0.1:9',
    PAYWAY_PAYEE_ACCOUNT: 'made_up_shop@bank',
    PAYWAY_FEATURE_COF: 'true',
  }
  const migrated = await run(env, 'migrate')
  assert.equal(migrated.code, 0, migrated.err)
  const fields = ['tran_id=made-up-1', 'amount=1.00', 'currency=USD', 'ctid=c', 'pwt=t', 'token_flag=CITU_FLEX']
  const said = await run(env, 'bank', 'call', 'ABA', 'cof-payment', ...fields)
  assert.equal(said.code, 2, said.err)
  assert.match(said.err, /^ABA cof-payment takes a customer's money at once, and this is live mode: say --yes/)
  const meant = await run(env, 'bank', 'call', 'ABA', 'cof-payment', ...fields, '--yes')
  assert.equal(meant.code, 1)
  assert.match(meant.err, /^ABA cof-payment: /)
})

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))

function run(settings: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Said> {
  const env = { ...settings, PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...words], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    )
  })
}
