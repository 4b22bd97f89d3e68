import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError } from '../../kit/settings.ts'
import { readBakongSettings } from './settings.ts'
import { sampleRaw } from './test-bakong.ts'

const read = (changes: object = {}, mode = { sandbox: true }) =>
  readBakongSettings('BAKONG', { ...sampleRaw, ...changes }, mode)

test('three settings are enough, and the account takes both currencies', () => {
  const settings = read()
  assert.deepEqual(
    settings.accounts.map(({ currency, payeeAccount, payeeMerchantId }) => [currency, payeeAccount, payeeMerchantId]),
    [
      ['USD', 'sample_shop@devb', undefined],
      ['KHR', 'sample_shop@devb', undefined],
    ],
  )
  assert.deepEqual(
    [settings.merchant.categoryCode, settings.merchant.city, settings.renewDaysBefore, settings.warnDaysBefore],
    ['5999', 'Phnom Penh', 10, 14],
  )
})

test('live mode asks the production system unless told', () => {
  const { baseUrl } = read({ 'base-url': undefined }, { sandbox: false })
  assert.equal(baseUrl, 'https://api-bakong.nbc.gov.kh')
})

const wrong: readonly (readonly [what: string, changes: object, problem: RegExp, live?: boolean])[] = [
  ['an account without a bank', { 'account-id': 'sample_shop' }, /no code can be written.*name@bank/],
  ['a merchant id without its bank', { 'merchant-id': 'M-1' }, /no code can be written.*Acquiring Bank/i],
  ['a name longer than a code holds', { 'merchant-name': 'n'.repeat(26) }, /Merchant Name Length/],
  ['a city longer than a code holds', { 'merchant-city': 'c'.repeat(16) }, /Merchant city Length/],
  ['a category of three digits', { mcc: '599' }, /mcc is "599"/],
  ['two of the three parts of the source', { 'source-info': { 'app-name': 'a', 'app-icon-url': 'b' } }, /all three/],
  ['the production system in sandbox mode', { 'base-url': undefined }, /leaves this machine/],
  ['plain HTTP to the world', { 'base-url': 'http://bakong.example' }, /plain HTTP/, true],
  ['a proxy away from this machine in sandbox mode', { proxy: 'http://10.0.0.9:3128' }, /proxy leaves this machine/],
  ['a proxy that is no web proxy', { proxy: 'ftp://127.0.0.1:1' }, /proxy is no address/],
  ['a relay header that we write ourselves', { 'relay-headers': { Authorization: 'x' } }, /hub writes itself/],
  ['a relay header with a line break', { 'relay-headers': { 'X-Key': 'a\r\nb' } }, /other characters/],
  ['an e-mail address that is none', { email: 'nobody' }, /email is a value that is not printed/],
  ['a token with a blank in it', { token: 'sample token' }, /token is a value that is not printed/],
  ['a currency twice', { currencies: ['USD', 'USD'] }, /currencies/],
  ['a setting that it does not have', { 'secret-key': 'x' }, /secret-key is no setting/],
]
for (const [what, changes, problem, live = false] of wrong) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => read(changes, { sandbox: !live }),
      (error) => {
        assert.ok(error instanceof SettingsError, String(error))
        assert.equal(error.problems.length, 1, error.message)
        assert.match(error.message, problem)
        return true
      },
    )
  })
}

test('a proxy may carry credentials, and is not told with them', () => {
  const proxy = 'http://sample-user:sample-pass@10.0.0.9:3128'
  assert.equal(read({ 'base-url': undefined, proxy }, { sandbox: false }).proxy, proxy)
  assert.throws(
    () => read({ proxy: 'sample-user:sample-pass' }),
    (error) => error instanceof SettingsError && !error.message.includes('sample-pass'),
  )
})
