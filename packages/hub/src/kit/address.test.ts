import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressProblem, lookUpPrivateOnly } from './address.ts'

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
