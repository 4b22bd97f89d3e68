import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFormFields } from '../../kit/form.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { QrOrder } from '../bank.ts'
import { createQr } from './create-qr.ts'
import { signPayway } from './sign.ts'
import { account, call, code, html, paywayAnswering, sampleRaw, says, silent } from './test-parts.ts'
import type { Route } from './test-parts.ts'

const codeText = '00020101021230'
const callback = Buffer.from('http://127.0.0.1:8080/api/payway/v2/webhook/made-up-part-of-a-path').toString('base64')
const qrAnswer = {
  qrString: codeText,
  abapay_deeplink: 'abamobilebank://ababank.com?type=payway',
  status: { code: '0' },
}
const purchaseAnswer = { qr_string: codeText, abapay_deeplink: 'abamobilebank://x', status: { code: '00' } }

const order: QrOrder = {
  reference: '150001-k3f9q2',
  amount: { amountMinor: 450n, currency: 'USD' },
  payer: 'Sok Dara',
  account,
  expiresAt: new Date(Date.now() + 900_000),
}
const purchase = {
  method: 'abapay_khqr_deeplink',
  customer: { firstName: 'Dara', lastName: 'Sok', email: 'dara@shop.example', phone: '012 345 678' },
  items: [{ name: 'Book', quantity: 2, price: '2.25' }],
  backTo: undefined,
}

test('an order is a purchase with a deeplink, sent as a form, signed as it is sent', async () => {
  const { parts, server } = await paywayAnswering({ purchase: says(purchaseAnswer) })
  const answer = await createQr(parts, { ...order, purchase }, call)
  assert.deepEqual([answer.qrString, answer.deeplink, answer.bankReference], [codeText, 'abamobilebank://x', undefined])
  const [{ body, headers } = { body: '', headers: {} }] = server.requests
  const {
    hash,
    req_time: time,
    items,
    ...fields
  } = Object.fromEntries(readFormFields(body, headers['content-type']) ?? [])
  assert.deepEqual(fields, {
    merchant_id: 'khhubdemo',
    tran_id: '150001-k3f9q2',
    amount: '4.50',
    firstname: 'Dara',
    lastname: 'Sok',
    email: 'dara@shop.example',
    phone: '012345678',
    type: 'purchase',
    payment_option: 'abapay_khqr_deeplink',
    return_url: callback,
    currency: 'USD',
    lifetime: '15',
  })
  assert.equal(Buffer.from(items ?? '', 'base64').toString(), '[{"name":"Book","quantity":2,"price":2.25}]')
  const signed = signPayway('purchase', { ...fields, items, req_time: time }, sampleRaw['api-key'])
  assert.equal(hash, signed.hash)
  const kept = answer.exchanges[0]?.requestBody ?? ''
  assert.match(kept, /tran_id=150001-k3f9q2/)
  for (const secret of ['Dara', 'dara@', '012345678', callback, hash ?? '?', items ?? '?'])
    assert.ok(!kept.includes(secret), secret)
})

test('the method bakong, and what is no order, is a code of generate-qr, sent as JSON', async () => {
  const { parts, sentTo } = await paywayAnswering({ 'generate-qr': says(qrAnswer) })
  const khr = { ...order, amount: { amountMinor: 4_000n, currency: 'KHR' } } as const
  let kept: string | undefined
  for (const one of [khr, { ...khr, purchase: { ...purchase, method: 'bakong' } }]) {
    const answer = await createQr(parts, one, call)
    kept = answer.exchanges[0]?.requestBody
    assert.deepEqual([answer.qrString, answer.deeplink], [codeText, 'abamobilebank://ababank.com?type=payway'])
  }
  const [bare, ordered] = sentTo('generate-qr')
  const { hash, req_time: time, ...fields } = bare ?? {}
  assert.deepEqual(fields, {
    merchant_id: 'khhubdemo',
    tran_id: '150001-k3f9q2',
    amount: '4000',
    purchase_type: 'purchase',
    payment_option: 'abapay_khqr',
    callback_url: callback,
    currency: 'KHR',
    lifetime: '15',
    qr_image_template: 'template1',
  })
  assert.equal(hash, signPayway('generate-qr', { ...fields, req_time: time }, sampleRaw['api-key']).hash)
  assert.match(String(kept), /tran_id/)
  assert.ok(ordered?.['items'] && !kept?.includes(String(ordered['items'])))
  assert.deepEqual([ordered?.['first_name'], ordered?.['last_name'], ordered?.['phone']], ['Dara', 'Sok', '012345678'])
})

test('a lifetime is always sent: whole minutes, at least 3', async () => {
  const { parts, sentTo } = await paywayAnswering({ 'generate-qr': says(qrAnswer) })
  for (const ms of [1_000, 179_000, 599_000]) {
    await createQr(parts, { ...order, expiresAt: new Date(Date.now() + ms) }, call)
  }
  assert.deepEqual(
    sentTo('generate-qr').map((sent) => sent['lifetime']),
    ['3', '3', '10'],
  )
})

test('PayWay is told no callback address where none is set', async () => {
  const { parts, sentTo } = await paywayAnswering({ 'generate-qr': says(qrAnswer) })
  await createQr({ ...parts, settings: { ...parts.settings, callbackOrigin: undefined } }, order, call)
  const [sent] = sentTo('generate-qr')
  assert.ok(sent && !('callback_url' in sent))
})

test('an answer without a code, a page, silence or a broken line leaves open whether there is one, and is asked once', async () => {
  const cut: Route = (_request, response) => void response.destroy()
  for (const [route, kind] of [
    [says({ qr_string: codeText, status: { code: '0' } }), 'unreadable'],
    [says({ ...qrAnswer, qrString: '' }), 'unreadable'],
    [html, 'unreadable'],
    [silent, 'timeout'],
    [cut, 'unreachable'],
    [says(code('403'), 403), 'error_answer'],
    [says(qrAnswer, 500), 'error_answer'],
  ] as const) {
    const { parts, counts } = await paywayAnswering({ 'generate-qr': route })
    await assert.rejects(createQr(parts, order, { ...call, deadlineMs: 300 }), (error) => {
      assert.ok(error instanceof Trouble)
      assert.deepEqual([error.kind, error.outcome], [kind, 'unknown'], error.message)
      return true
    })
    assert.equal(counts['generate-qr'], 1)
  }
})

test('a refusal says what it is about and what is to be done', async () => {
  for (const [of, wanted] of [
    ['6', /code 6: our address or domain is not white-listed at PayWay .*Have PayWay white-list/],
    ['102', /domain of the callback address .*callback-origin/],
    ['47', /too small.*KHR begins at 100/],
  ] as const) {
    const { parts } = await paywayAnswering({ 'generate-qr': says(code(of, 'As PayWay says it.'), 400) })
    await assert.rejects(createQr(parts, order, call), (error) => {
      return error instanceof Trouble && error.outcome === 'not_done' && wanted.test(error.message)
    })
  }
})

test('a deeplink is passed on as it came, unless it is none', async () => {
  for (const [link, wanted] of [
    ['https://link.payway.example/x', 'https://link.payway.example/x'],
    ['javascript:alert(1)', undefined],
    ['javascript://%0aalert(1)', undefined],
    ['data://x', undefined],
    ['', undefined],
    [null, undefined],
    [7, undefined],
  ] as const) {
    const { parts } = await paywayAnswering({ 'generate-qr': says({ ...qrAnswer, abapay_deeplink: link }) })
    assert.equal((await createQr(parts, order, call)).deeplink, wanted)
  }
})
