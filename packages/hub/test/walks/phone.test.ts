import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, toPng } from '@khqr-hub/khqr'
import { encode as encodeJpeg } from 'jpeg-js'
import { readPng } from '../../src/sandbox/simulator/phone/read-png.ts'
import { booksAgree } from '../support/books.ts'
import { type Answer, call, eventually, type Journal, startTestHub, type TestHub } from '../support/running-hub.ts'

type Made = { readonly qr: string; readonly payment: number }

test('the sandbox phone pays what waits, as well and as badly as customers do', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  const premium = await madePremium(hub)
  await t.test('codes of every played bank wait on it, the newest first', () => waits(hub, premium))
  await t.test('a code is scanned from its text, a PNG and a JPEG; what is none is told', () => scanned(hub, premium))
  await t.test('a button pressed twice pays once, and the receipt names the transaction', () => once(hub, premium))
  for (const [way, becomes, movements] of badDays)
    await t.test(`paid ${way}, the payment is ${becomes}`, () => badDay(hub, { way, becomes, movements }))
  await t.test('declined, nothing moves', () => declined(hub))
  await t.test('with the notice lost, money moves and nobody is told', () => lost(hub))
  await t.test('a shop that is paid late gets nothing: the money is sent back', () => lateOrder(hub))
  await t.test('the books agree after all of it', () => booksAgree(hub))
  // It is nobody's payment: the hub never hears of this money.
  await t.test('a code that says no amount is paid with the one that is typed', () => typed(hub))
  await t.test('a code that nobody here has made is refused, and so is a form of another site', () => strangers(hub))
  await t.test('it speaks Khmer to whoever wants it, and remembers the switch', () => speaksKhmer(hub))
})

/** Codes as Thailand's and Vietnam's banks print them, with right checksums. */
const promptPay = '00020101021129370016A000000677010111011300668012345675802TH530376463046197'
const vietQr = '00020101021238570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN63048A9B'

/** How a premium is paid; status and flags of the payment then; the money that its bank has. */
const badDays = [
  ['twice', 'completed (duplicate)', ['25.00 USD', '25.00 USD']],
  ['short', 'processing (partial)', ['24.00 USD']],
  ['over', 'processing (over)', ['26.00 USD']],
  ['other-currency', 'processing ()', ['100000 KHR']],
  ['late', 'completed (late)', ['25.00 USD']],
] as const

async function waits(hub: TestHub, premium: Made): Promise<void> {
  const topup = await madeTopup(hub)
  const order = await madeOrder(hub)
  const page = await phone(hub, 'GET', '')
  const codes = [...page.text.matchAll(/\/phone\?qr=([^"]+)"/g)].map(([, qr]) => decodeURIComponent(qr ?? ''))
  assert.deepEqual(codes, [order.qr, topup.qr, premium.qr])
}

async function scanned(hub: TestHub, { qr }: Made): Promise<void> {
  const picture = toPng(qr, { size: 400 })
  const pixels = readPng(Buffer.from(picture), 1_000_000)
  assert.ok(pixels)
  const jpeg = encodeJpeg({ ...pixels, data: Buffer.from(pixels.data) }, 80).data
  for (const form of [{ qr: ` ${qr}\n` }, { picture }, { picture: jpeg }]) {
    const answer = await scan(hub, form)
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, pathOf(qr)])
  }
  const seen = await phone(hub, 'GET', pathOf(qr).slice('/phone'.length))
  assert.match(seen.text, /Sample Insurance.*\$25\.00.*AMK/s)
  for (const [form, says] of [
    [{ qr: 'hello' }, /This is no KHQR/],
    [{ qr: `${qr.slice(0, -4)}0000` }, /This code is damaged/],
    [{ qr: promptPay }, /but no KHQR/],
    [{ qr: vietQr }, /but no KHQR/],
    [{ qr: '<b>'.repeat(300_000) }, /This text is too long/],
    [{ picture: picture.subarray(0, 200) }, /No code was found/],
    [{ picture: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') }, /no PNG or JPEG/],
    [{ picture: Buffer.alloc(17_000_000) }, /too large: at most 16 MB/],
    [{ picture: Buffer.alloc(0) }, /This file is empty/],
    [{}, /Paste a code’s text, or choose a picture/],
  ] as const) {
    const answer = await scan(hub, form)
    assert.match(answer.headers.get('content-type') ?? 'text/html', /text\/html/)
    const location = answer.headers.get('location')
    const shown = location === null ? answer : await phone(hub, 'GET', location.slice('/phone'.length))
    assert.match(shown.text, says)
  }
}

async function once(hub: TestHub, { qr, payment }: Made): Promise<void> {
  const [first, second] = [await press(hub, { qr, once: 'one-press' }), await press(hub, { qr, once: 'one-press' })]
  assert.equal(first.headers.get('location'), '/phone/done/one-press')
  assert.equal(second.headers.get('location'), '/phone/done/one-press')
  const [movement, ...more] = await movementsOf(hub, 'AMK', payment)
  assert.deepEqual(more, [])
  const receipt = await phone(hub, 'GET', '/done/one-press')
  assert.match(receipt.text, new RegExp(`data-screen="paid".*${movement?.transactionId}`, 's'))
  await becomesOf(hub, payment, 'completed ()')
}

async function badDay(
  hub: TestHub,
  day: { readonly way: string; readonly becomes: string; readonly movements: readonly string[] },
): Promise<void> {
  const { qr, payment } = await madePremium(hub)
  assert.equal((await press(hub, { qr, way: day.way })).status, 303)
  const found = await movementsOf(hub, 'AMK', payment)
  assert.deepEqual(
    found.map(({ amount, currency }) => `${amount} ${currency}`),
    day.movements,
  )
  await becomesOf(hub, payment, day.becomes)
  // Money that fits nothing is held, and found again where it is looked for.
  if (day.becomes.startsWith('processing')) await heldFor(hub, payment)
}

async function declined(hub: TestHub): Promise<void> {
  const { qr, payment } = await madePremium(hub)
  const pressed = await press(hub, { qr, way: 'decline' })
  const told = await phone(hub, 'GET', (pressed.headers.get('location') ?? '').slice('/phone'.length))
  assert.match(told.text, /data-screen="declined".*Nothing moves/s)
  assert.deepEqual(await movementsOf(hub, 'AMK', payment), [])
}

async function lost(hub: TestHub): Promise<void> {
  const { qr, payment } = await madePremium(hub)
  await press(hub, { qr, way: 'webhook-lost' })
  assert.equal((await movementsOf(hub, 'AMK', payment)).length, 1)
  const { deliveries } = (await hub.simulator('GET', '/_simulator/deliveries')).json as unknown as {
    deliveries: { reference: string }[]
  }
  assert.deepEqual(
    deliveries.filter(({ reference }) => reference === String(payment)),
    [],
  )
}

async function lateOrder(hub: TestHub): Promise<void> {
  const { qr } = await madeOrder(hub)
  const pressed = await press(hub, { qr, way: 'late' })
  const told = await phone(hub, 'GET', (pressed.headers.get('location') ?? '').slice('/phone'.length))
  assert.match(told.text, /sent it back to you/)
}

async function typed(hub: TestHub): Promise<void> {
  const { qr } = encode({
    kind: 'individual',
    payeeAccount: 'sample_shop@smpl',
    merchantName: 'Sample Shop',
    currency: 'KHR',
  })
  assert.match((await phone(hub, 'GET', pathOf(qr).slice('/phone'.length))).text, /<input id="amount"/)
  assert.equal((await press(hub, { qr, amount: '12.50' })).status, 422)
  assert.equal((await press(hub, { qr, amount: '4,500' })).status, 303)
  const [paid] = Object.values((await journal(hub)).banks['BAKONG']?.payments ?? [])
  assert.deepEqual([paid?.amount, paid?.currency], ['4500', 'KHR'])
}

async function strangers(hub: TestHub): Promise<void> {
  const { qr } = encode({
    kind: 'individual',
    payeeAccount: 'somebody@else',
    merchantName: 'Elsewhere',
    currency: 'USD',
    amountMinor: 100n,
    createdAt: new Date(),
    expiresAt: new Date(Date.now() + 60_000),
  })
  assert.equal((await press(hub, { qr })).status, 404)
  const { qr: ours } = await madePremium(hub)
  const headers = { 'sec-fetch-site': 'cross-site' }
  assert.equal((await press(hub, { qr: ours }, headers)).status, 403)
  assert.equal((await press(hub, { qr: ours }, { origin: 'https://elsewhere.example' })).status, 403)
  assert.equal((await phone(hub, 'POST', '/scan', { body: 'qr=1', headers })).status, 403)
  // Nor does it play bad days: the control API is on the same port.
  const body = JSON.stringify({ bank: 'AMK', qr: ours })
  const control = `http://127.0.0.1:${hub.running.ports.simulator}/_simulator/pay`
  assert.equal(
    (await call(control, 'POST', { body, headers: { ...headers, 'content-type': 'text/plain' } })).status,
    403,
  )
}

async function speaksKhmer(hub: TestHub): Promise<void> {
  const english = await phone(hub, 'GET', '', { headers: { 'accept-language': 'fr' } })
  assert.match(english.text, /<html lang="en"/)
  const khmer = await phone(hub, 'GET', '?lang=km')
  assert.match(khmer.text.replaceAll('\u200b', ''), /<html lang="km".*ធនាគារសាកល្បង/s)
  const cookie = (khmer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  assert.match((await phone(hub, 'GET', '', { headers: { cookie } })).text, /<html lang="km"/)
  const font = await phone(hub, 'GET', '/assets/khmer-400.woff2')
  assert.equal(font.headers.get('content-type'), 'font/woff2')
}

function phone(hub: TestHub, method: string, path: string, how: Parameters<typeof call>[2] = {}): Promise<Answer> {
  return call(`http://127.0.0.1:${hub.running.ports.simulator}/phone${path}`, method, how)
}

async function scan(hub: TestHub, form: { readonly qr?: string; readonly picture?: Uint8Array }): Promise<Answer> {
  const body = new FormData()
  body.set('qr', form.qr ?? '')
  // A browser's form without a chosen file has one without a name.
  body.set('picture', new Blob([Uint8Array.from(form.picture ?? [])]), form.picture ? 'code' : '')
  const encoded = new Response(body)
  const headers = { 'content-type': encoded.headers.get('content-type') ?? '' }
  return phone(hub, 'POST', '/scan', { body: new Uint8Array(await encoded.arrayBuffer()), headers })
}

function press(
  hub: TestHub,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const body = new URLSearchParams({ way: 'normal', ...form }).toString()
  return phone(hub, 'POST', '/pay', {
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })
}

function pathOf(qr: string): string {
  return `/phone?qr=${encodeURIComponent(qr)}`
}

async function madePremium(hub: TestHub): Promise<Made> {
  const bill = await hub.bill()
  const answer = await hub.khqr('GET', `/khqr?bankCode=AMK&billNumber=${bill}`, { token: hub.token('khqr:create') })
  return { qr: String(answer.json['data']?.['qrString']), payment: Number(answer.json['data']?.['paymentId']) }
}

async function madeTopup(hub: TestHub): Promise<Made> {
  const json = { userId: 'dara', amount: '10.50', currency: 'USD' }
  const answer = await hub.gateway('POST', '/api/topups/v1', { token: hub.token('topups:write'), json })
  return { qr: String(answer.json['qr_string']), payment: Number(answer.json['bill_number']) }
}

let orders = 0

async function madeOrder(hub: TestHub): Promise<Made> {
  const token = hub.token('orders:manage')
  const json = { order_number: `PHONE-${(orders += 1)}`, customer_id: 'customer-1', total: '50.00', currency: 'USD' }
  const made = await hub.gateway('POST', '/api/order/v1/orders', { token, json })
  const uuid = String(made.json['data']?.['order']?.['uuid'])
  const paid = await hub.gateway('POST', `/api/order/v1/customer/orders/${uuid}/payment/khqr`, { token })
  const khqr = paid.json['data']?.['khqr']
  return { qr: String(khqr?.['qr_string']), payment: Number.parseInt(String(khqr?.['transaction_id']), 10) }
}

async function journal(hub: TestHub): Promise<Journal> {
  return (await hub.simulator('GET', '/_simulator/journal')).json as unknown as Journal
}

async function movementsOf(hub: TestHub, bank: string, payment: number) {
  const payments = (await journal(hub)).banks[bank]?.payments ?? []
  return payments.filter(({ reference }) => reference === String(payment))
}

async function viewOf(hub: TestHub, payment: number): Promise<{ status: string; flags: string[] }> {
  const token = hub.token('payments:read')
  return (await hub.gateway('GET', `/v1/payments/${payment}`, { token })).json as unknown as {
    status: string
    flags: string[]
  }
}

function becomesOf(hub: TestHub, payment: number, wanted: string): Promise<true> {
  return eventually(`payment ${payment} to be ${wanted}`, async () => {
    const { status, flags } = await viewOf(hub, payment)
    return `${status} (${flags.join(', ')})` === wanted
  })
}

function heldFor(hub: TestHub, payment: number): Promise<unknown> {
  return eventually(`money of payment ${payment} to be held`, async () => {
    const { rows } = await hub.pool.query(
      'select 1 from suspense s join receipts r on r.id = s.receipt_id where r.payment_number = $1',
      [payment],
    )
    return rows.length === 1
  })
}
