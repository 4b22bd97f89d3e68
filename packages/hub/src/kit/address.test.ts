import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressProblem, isClosedHost, lookUpPrivateOnly } from './address.ts'

const live = { sandbox: false, allowPlainHttp: false }
const flagged = { sandbox: false, allowPlainHttp: true }
const sandbox = { sandbox: true, allowPlainHttp: false }

for (const [address, rules, problem] of [
  ['https://bank.example/api', live, undefined],
  ['https://203.0.113.5/api', live, undefined],
  ['http://10.1.2.3/api', live, /plain HTTP; use https/],
  ['http://10.1.2.3/api', flagged, undefined],
  ['http://192.168.7.1', flagged, undefined],
  ['http://172.32.0.1', flagged, /public address/],
  ['http://203.0.113.5', flagged, /public address/],
  ['http://[2001:db8::1]', flagged, /public address/],
  ['http://[fd00::1]', flagged, undefined],
  ['http://bank.internal', flagged, undefined],
  ['http://169.254.169.254', flagged, /public address/],
  ['ftp://bank.example', live, /must begin with https/],
  ['https://user:pw@bank.example', live, /username or password/],
  ['not an address', live, /is not an address/],
  ['http://127.0.0.1:8687/amk', sandbox, undefined],
  ['http://localhost:8687', sandbox, undefined],
  ['http://[::1]:8687', sandbox, undefined],
  ['https://bank.example/api', sandbox, /leaves this machine/],
  ['http://10.0.0.1', sandbox, /leaves this machine/],
  ['http://127.0.0.1:8687', live, /plain HTTP; use https/],
  ['http://0x7f.1/', flagged, undefined],
] as const) {
  const mode = rules.sandbox ? 'sandbox' : rules.allowPlainHttp ? 'live with the flag' : 'live'
  test(`in ${mode}, ${address} ${problem ? 'is refused' : 'is allowed'}`, () => {
    const found = addressProblem(address, rules)
    if (problem) assert.match(found ?? '', problem)
    else assert.equal(found, undefined)
  })
}

test('a name behind plain HTTP is looked up, and given out only at private addresses', async () => {
  const lookUp = (name: string, all: boolean) =>
    new Promise<unknown>((resolve, reject) => {
      lookUpPrivateOnly(name, { all }, (error, address) => (error ? reject(error) : resolve(address)))
    })
  assert.match(String(await lookUp('localhost', false)), /^(127\.|::1)/)
  assert.deepEqual(await lookUp('10.1.2.3', true), [{ address: '10.1.2.3', family: 4 }])
  for (const address of ['203.0.113.5', '169.254.169.254', '2001:db8::1']) {
    await assert.rejects(lookUp(address, true), /is not at a private address, and plain HTTP goes nowhere else/)
  }
})

test('a host that no customer reaches on the open web is closed, however it is written', () => {
  const closed = [
    '127.0.0.1 10.0.0.1 192.168.1.1 169.254.169.254 198.18.0.1 198.19.255.255 192.0.0.8 224.0.0.1',
    '[::1] [::127.0.0.1] [::7f00:1] [::ffff:10.0.0.1] [fec0::1] [feff::1] [fe80::1] [fd00::1] [64:ff9b::10.1.2.3]',
    '[64:ff9b::7f00:1] [2002:7f00:1::] [2002:c0a8:101::1] localhost shop shop. shop.local shop.lan shop.home.arpa',
    'shop.corp SHOP.CORP. shop.internal shop..example .example shop.example..',
  ].flatMap((line) => line.split(' '))
  const open = [
    'shop.example shop.example. 203.0.113.5 198.20.0.1 192.0.1.1 [2001:db8::1] [64:ff9b::203.0.113.5]',
    '[2002:cb00:7105::1] [::ffff:203.0.113.5] lan.example home.arpa.example local.shop.example',
  ].flatMap((line) => line.split(' '))
  assert.deepEqual(
    [...closed, ...open].filter((host) => isClosedHost(host)),
    closed,
  )
})
