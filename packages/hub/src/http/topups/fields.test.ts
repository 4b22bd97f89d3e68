import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorsOfTopup } from './fields.ts'

const topup = { userId: 'somebody', amount: '1.00', currency: 'USD' }

for (const [address, problem] of [
  ['https://shop.example/thanks?order=1', undefined],
  ['https://203.0.113.5/', undefined],
  ['https://[2001:db8::1]/', undefined],
  ['http://shop.example/', /must begin with https/],
  ['http://127.0.0.1/', /must begin with https/],
  ['https:shop.example', /must begin with https/],
  ['https://127.0.0.1/', /private network/],
  ['https://0x7f.1/', /private network/],
  ['https://10.1.2.3/', /private network/],
  ['https://169.254.169.254/', /private network/],
  ['https://0.0.0.0/', /private network/],
  ['https://100.64.0.1/', /private network/],
  ['https://[::]/', /private network/],
  ['https://[fe80::1]/', /private network/],
  ['https://[::ffff:10.0.0.1]/', /private network/],
  ['https://localhost./', /private network/],
  ['https://shop.localhost/', /private network/],
  ['https://metadata.google.internal/', /private network/],
  ['https://intranet/', /private network/],
] as const) {
  test(`in live, ${address} is ${problem ? 'no way back' : 'a way back'}`, () => {
    const errors = errorsOfTopup({ ...topup, return_url: address }, 'live')
    if (problem) assert.match(errors.get('return_url') ?? '', problem)
    else assert.deepEqual([...errors], [])
  })
}
