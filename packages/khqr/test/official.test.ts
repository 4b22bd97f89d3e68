import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { cutCode, cutTemplate } from '../src/bakong/cut.ts'
import { BakongKHQR, IndividualInfo, MerchantInfo, type OptionalInfo } from '../src/bakong/index.ts'
import { hostileText } from './hostile-texts.ts'
import { loadOfficialSdk, type OfficialSdk } from './peers.ts'
import { now } from './promises.ts'
import { Random, seedOfRun } from './random.ts'

const seed = seedOfRun()
const official = loadOfficialSdk()
const ours = { BakongKHQR, IndividualInfo, MerchantInfo } as OfficialSdk

/** Whether the official reader comes back at all: it hangs on, or guesses at, what is not tag, length, value. */
function isPlain(text: string): boolean {
  const { fields, isPlain: isPlainCode } = cutCode(text)
  const templates = fields.filter(({ tag }) => ['29', '30', '62', '64', '99'].includes(tag))
  return isPlainCode && templates.every(({ value }) => cutTemplate(value).isPlain)
}

/** Two of a tag, or anything before or after the CRC's place: there ours is stricter, on purpose. */
function isAmbiguous(text: string): boolean {
  const tags = cutCode(text).fields.map(({ tag }) => (tag === '30' ? '29' : tag))
  return new Set(tags).size < tags.length || tags.at(-1) !== '63' || cutCode(text).fields.at(-1)?.rest !== ''
}

test(`decodes and verifies any plain text as bakong-khqr does (FUZZ_SEED=${seed})`, () => {
  mock.timers.enable({ apis: ['Date'], now })
  const random = new Random(seed)
  for (let compared = 0; compared < 3000; ) {
    const text = hostileText(random)
    if (!isPlain(text)) continue
    compared++
    assert.equal(JSON.stringify(BakongKHQR.decode(text)), JSON.stringify(official.BakongKHQR.decode(text)), text)
    if (isAmbiguous(text)) continue
    assert.equal(BakongKHQR.verify(text).isValid, official.BakongKHQR.verify(text).isValid, text)
  }
  mock.timers.reset()
})

const texts = [
  '',
  'a',
  'km',
  'ភ្នំពេញ',
  'x'.repeat(25),
  'x'.repeat(26),
  'x'.repeat(32),
  'x'.repeat(33),
  12345,
  undefined,
  null,
]
const amounts = [
  0,
  1,
  1.5,
  '1.5',
  '2.',
  '.5',
  '1.005',
  -3,
  1e13,
  9_999_999_999.99,
  '10000000000.00',
  '1000.0',
  '0.0',
  '00012',
  null,
]
const expiries = [
  now + 600_000,
  String(now + 600_000),
  1_795_219,
  0,
  'abc',
  now,
  now - 1,
  17_952_198_000_000,
  undefined,
]
const currencies = [840, 116, '840', '116', 704, 'EUR', '8401', 0, undefined]
const categories = ['5812', 7011, '12', 'ab', '12345', '', undefined]
const labels = [
  'billNumber',
  'storeLabel',
  'terminalLabel',
  'mobileNumber',
  'purposeOfTransaction',
  'languagePreference',
  'merchantNameAlternateLanguage',
  'merchantCityAlternateLanguage',
  'upiMerchantAccount',
  'accountInformation',
  'acquiringBank',
]

type Arguments = { account: string; name: string; city: string; id: string; bank: string; optional: OptionalInfo }

function someArguments(random: Random): Arguments {
  const some = (usual: string) => (random.chance(92) ? usual : random.pick(texts))
  const optional: Record<string, unknown> = {
    currency: random.chance(70) ? random.pick([840, 116]) : random.pick(currencies),
    amount: random.pick(amounts),
    expirationTimestamp: random.chance(70) ? now + 600_000 : random.pick(expiries),
    merchantCategoryCode: random.pick(categories),
  }
  for (const label of labels) if (random.chance(15)) optional[label] = random.pick(texts)
  return {
    account: random.chance(92) ? 'rith@devb' : random.pick(['', 'nodomain', 'a@b@c', `${'x'.repeat(31)}@b`, '@', null]),
    name: some('Rith Store'),
    city: some('Kampot'),
    id: some('M-77'),
    bank: some('Dev Bank'),
    optional,
  } as Arguments
}

function generate(sdk: OfficialSdk, isMerchant: boolean, { account, name, city, id, bank, optional }: Arguments) {
  return isMerchant
    ? new sdk.BakongKHQR().generateMerchant(new sdk.MerchantInfo(account, name, city, id, bank, optional))
    : new sdk.BakongKHQR().generateIndividual(new sdk.IndividualInfo(account, name, city, optional))
}

/** The official SDK answers these with code 0 too: an error object for a code, or a template of three digits' length. */
function isLie(data: { qr: unknown } | null): boolean {
  return data !== null && (typeof data.qr !== 'string' || !isPlain(data.qr))
}

test(`generates for any arguments what bakong-khqr generates (FUZZ_SEED=${seed})`, () => {
  mock.timers.enable({ apis: ['Date'], now })
  const random = new Random(seed)
  let written = 0
  for (let index = 0; index < 5000; index++) {
    const given = someArguments(random)
    const isMerchant = random.chance(50)
    const theirs = generate(official, isMerchant, given)
    const answer = generate(ours, isMerchant, given)
    if (isLie(theirs.data)) assert.equal(answer.status.code, 1, JSON.stringify(given))
    else assert.equal(JSON.stringify(answer), JSON.stringify(theirs), JSON.stringify(given))
    if (answer.data) written++
  }
  assert.ok(written > 300, `only ${written} codes`)
  mock.timers.reset()
})
