import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { openBooks } from '../../test/support/empty-books.ts'
import { readConfig } from '../config.ts'
import { keyIdOf } from '../kit/seal.ts'
import { SettingsError } from '../kit/settings.ts'
import { createBankKeeper, readSeal } from './bank-keeping.ts'
import { readHubSide } from './bank-settings.ts'
import { WrongSetting } from './setting-table.ts'

const key = (seed: string) => createHash('sha256').update(seed).digest()
const [first, second] = [key('sample key 1'), key('sample key 2')]
const side = { statusCalls: { perDay: 100, reserve: 20 }, connector: { token: 'made-up-0' } }

test('a master key is read as base64 or hex; anything else stops the start, and is not printed', () => {
  for (const text of [first.toString('base64'), first.toString('hex')])
    assert.equal(readSeal(readConfig({}, { HUB_MASTER_KEY: text }), undefined)?.keyId, keyIdOf(first))
  for (const text of ['made-up-key', first.toString('hex').slice(2), 'ab'.repeat(32), '0123456789abcdef'.repeat(4)]) {
    assert.throws(
      () => readConfig({}, { HUB_MASTER_KEY: text }),
      (error) =>
        error instanceof WrongSetting &&
        error.message.startsWith('HUB_MASTER_KEY (masterKey) is') &&
        !error.message.includes(text),
      text,
    )
  }
})

test('keys before it are a list with commas between, each of them right, and useless without a new one', () => {
  const config = readConfig({}, { HUB_MASTER_KEYS_OLD: `${first.toString('hex')}, ${second.toString('base64')}` })
  assert.equal(config.masterKeysOld.length, 2)
  assert.throws(() => readSeal(config, undefined), /HUB_MASTER_KEYS_OLD.*without HUB_MASTER_KEY/)
  assert.throws(() => readConfig({}, { HUB_MASTER_KEYS_OLD: `${first.toString('hex')},made-up` }), WrongSetting)
  const opened = readSeal(config, key('sample key 3').toString('base64'))
  const sealed = readSeal({ masterKey: second.toString('hex'), masterKeysOld: [] }, undefined)?.seal('x', 'a') ?? ''
  assert.equal(opened?.open(sealed, 'a'), 'x')
})

test('the configured key comes before the sandbox’s own, and without either there is none', () => {
  const config = readConfig({}, { HUB_MASTER_KEY: first.toString('hex') })
  assert.equal(readSeal(config, second.toString('base64'))?.keyId, keyIdOf(first))
  assert.equal(readSeal(readConfig({}, {}), second.toString('base64'))?.keyId, keyIdOf(second))
  assert.equal(readSeal(readConfig({}, {}), undefined), undefined)
})

test('a stored token stops the start without its key, and not where its bank is not configured', async (t) => {
  const { db } = await openBooks(t)
  const seal = readSeal({ masterKey: first.toString('hex'), masterKeysOld: [] }, undefined)
  const keeper = createBankKeeper(db, seal, () => new Date())
  const { tokens } = keeper.of('BANK01', side)
  assert.equal(await tokens.read(), 'made-up-0')
  await tokens.store('made-up-1', 'entered', 'a test')
  assert.equal(await tokens.read(), 'made-up-1')
  await keeper.refuseLocked(['BANK01'])
  const keyless = createBankKeeper(db, undefined, () => new Date())
  keyless.of('BANK02', side)
  await keyless.refuseLocked([])
  keyless.of('BANK01', side)
  await assert.rejects(
    keyless.refuseLocked([]),
    (error) => error instanceof WrongSetting && /HUB_MASTER_KEY/.test(error.message),
  )
})

test('a bank that renews its token does not start without a key to keep the new one', async (t) => {
  const { db } = await openBooks(t)
  const keeper = createBankKeeper(db, undefined, () => new Date())
  keeper.of('BANK01', side)
  await keeper.refuseLocked([])
  await assert.rejects(
    keeper.refuseLocked(['BANK01']),
    (error) => error instanceof WrongSetting && /^HUB_MASTER_KEY \(masterKey\) is missing.*BANK01/.test(error.message),
  )
})

test('the allowance and its reserve are settings of each bank, and something must be left to be planned', () => {
  const read = (more: object) => readHubSide('BANK01', { 'numeric-id': 1, ...more }, { live: false }).statusCalls
  assert.deepEqual(read({}), { perDay: 100, reserve: 20 })
  assert.deepEqual(read({ 'status-calls-per-day': 50, 'status-calls-reserved': 0 }), { perDay: 50, reserve: 0 })
  for (const wrong of [{ 'status-calls-per-day': 20 }, { 'status-calls-per-day': 0 }, { 'status-calls-reserved': 100 }])
    assert.throws(() => read(wrong), SettingsError, JSON.stringify(wrong))
})
