import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testDatabase } from '../../test/support/database.ts'
import { eventually } from '../../test/support/running-hub.ts'
import { openBankTable } from './bank-table.ts'
import { type BankSeed, seedBanks, writeBankSwitch } from './banks.ts'
import { openDatabase } from './db.ts'
import { hear } from './hear.ts'

const account = {
  accountNumber: 'SAMPLE-1',
  currency: 'USD',
  storeId: 'store-1',
  terminalId: 'terminal-1',
  payeeAccount: 'sample@bank',
  payeeMerchantId: undefined,
  active: true,
} as const
const bank: BankSeed = { code: 'BANK01', numericId: 1, kind: 'bank-qr', active: true, accounts: [account] }
const { address, pool } = await testDatabase({ after })
const db = openDatabase(address, { poolSize: 3, onError: () => {} })
after(() => db.close())
await seedBanks(db, [bank])

const order = { code: 'BANK01', reason: 'A test.', actor: 'operator dara', correlationId: 'c-1', answers: [] }

test('the table says what stood there at the last look', async () => {
  const table = await openBankTable(db)
  assert.equal(table.isActive('BANK01'), true)
  assert.equal(table.isActive('BANK09'), undefined)
  assert.deepEqual(table.accountsOf('BANK09'), [])
  await writeBankSwitch(db, { ...order, active: false })
  await pool.query('update merchant_accounts set active = false')
  assert.equal(table.isActive('BANK01'), true)
  await table.refresh()
  assert.equal(table.isActive('BANK01'), false)
  assert.deepEqual(
    table.accountsOf('BANK01').map((one) => [one.accountNumber, one.active]),
    [['SAMPLE-1', false]],
  )
})

test('of many who ask for a look at once, each sees what was written before it asked', async () => {
  const table = await openBankTable(db)
  for (let round = 0; round < 20; round += 1) {
    const active = round % 2 === 0
    const looks = [table.refresh(), table.refresh()]
    await writeBankSwitch(db, { ...order, active })
    await Promise.all([...looks, table.refresh(), table.refresh()])
    assert.equal(table.isActive('BANK01'), active, `round ${round}`)
  }
})

test('a switch is audited once, and a bank that stands so already is not switched again', async () => {
  await writeBankSwitch(db, { ...order, active: true })
  const before = await auditRows()
  await writeBankSwitch(db, { ...order, active: false })
  await writeBankSwitch(db, { ...order, active: false })
  await writeBankSwitch(db, { ...order, active: true, reason: 'It answers again.' })
  assert.deepEqual((await auditRows()).slice(before.length), [
    {
      actor: 'operator dara',
      action: 'bank.disabled',
      object: 'bank BANK01',
      before: { active: true },
      after: { active: false },
      reason: 'A test.',
    },
    {
      actor: 'operator dara',
      action: 'bank.enabled',
      object: 'bank BANK01',
      before: { active: false },
      after: { active: true },
      reason: 'It answers again.',
    },
  ])
  await assert.rejects(writeBankSwitch(db, { ...order, code: 'BANK09', active: true }), /no rows/)
})

test('every change of a bank or an account is told, and a lost connection is made anew', async (t) => {
  let told = 0
  const hearing = hear(db, { banks_changed: () => (told += 1) })
  t.after(() => hearing.stop())
  await isTold(1)
  await writeBankSwitch(db, { ...order, active: false })
  await isTold(2)
  await pool.query(`update merchant_accounts set active = not active`)
  await isTold(3)
  const killed = await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %banks_changed%'`,
  )
  assert.equal(killed.rowCount, 1)
  // Once connected anew: what was told meanwhile is looked for.
  await isTold(4)
  await writeBankSwitch(db, { ...order, active: true })
  await isTold(5)

  async function isTold(count: number): Promise<void> {
    await eventually(`${count} tellings`, () => Promise.resolve(told >= count))
    assert.equal(told, count)
  }
})

async function auditRows(): Promise<unknown[]> {
  const { rows } = await pool.query('select actor, action, object, before, after, reason from audit order by id')
  return rows
}
