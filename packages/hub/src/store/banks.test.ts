import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { testDatabase } from '../../test/support/database.ts'
import { type BankSeed, readAccounts, readBanks, seedBanks } from './banks.ts'
import { openDatabase } from './db.ts'

const account = {
  accountNumber: 'SAMPLE-1',
  currency: 'USD',
  storeId: 'store-1',
  terminalId: 'terminal-1',
  payeeAccount: 'sample@bank',
  payeeMerchantId: undefined,
  active: true,
} as const
const { address, pool } = await testDatabase({ after })
const db = openDatabase(address, { poolSize: 3, onError: () => {} })
after(() => db.close())

beforeEach(async () => {
  await pool.query('delete from merchant_accounts')
  await pool.query('delete from banks')
})

const bank: BankSeed = { code: 'BANK01', numericId: 1, kind: 'bank-qr', active: true, accounts: [account] }

test('configured banks and accounts are read back as they were configured', async () => {
  const second = { ...bank, code: 'BANK02', numericId: 2, active: false }
  const riel = { ...account, currency: 'KHR', payeeMerchantId: 'merchant-1', active: false } as const
  await seedBanks(db, [second, { ...bank, accounts: [account, riel] }])
  assert.deepEqual(await readBanks(db), [
    { code: 'BANK01', numericId: 1, kind: 'bank-qr', active: true },
    { code: 'BANK02', numericId: 2, kind: 'bank-qr', active: false },
  ])
  assert.partialDeepStrictEqual(await readAccounts(db), [
    { ...account, bankCode: 'BANK02' },
    { ...account, bankCode: 'BANK01' },
    { ...riel, bankCode: 'BANK01' },
  ])
})

test('a later start keeps the switches that an operator set, and takes payee, store and terminal from the configuration', async () => {
  await seedBanks(db, [bank])
  const [before] = await readAccounts(db)
  await pool.query('update banks set active = false')
  await pool.query('update merchant_accounts set active = false')
  const moved = { ...account, storeId: 'store-9', terminalId: 'terminal-9', payeeAccount: 'other@bank' }
  await seedBanks(db, [{ ...bank, accounts: [moved] }])
  assert.deepEqual(await readBanks(db), [{ code: 'BANK01', numericId: 1, kind: 'bank-qr', active: false }])
  assert.deepEqual(await readAccounts(db), [{ ...moved, id: before?.id, bankCode: 'BANK01', active: false }])
})

test('three hubs that start at once bring in each bank and account once', async () => {
  const many = Array.from({ length: 8 }, (_, index) => ({ ...bank, code: `BANK1${index}`, numericId: 10 + index }))
  await Promise.all([1, 2, 3].map(() => seedBanks(db, many)))
  assert.deepEqual([(await readBanks(db)).length, (await readAccounts(db)).length], [8, 8])
})

test('two banks cannot have one numeric id: callers could not tell them apart', async () => {
  await assert.rejects(seedBanks(db, [bank, { ...bank, code: 'BANK02' }]), {
    message: 'Bank BANK02 cannot have the numeric id 1: another bank has it.',
  })
})
