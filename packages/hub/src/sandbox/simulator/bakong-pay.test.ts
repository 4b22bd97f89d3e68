import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sampleCode, startBakong, staysSilent, type TestBakong } from './test-bakong-client.ts'

const md5Of = (qr: string): string => createHash('md5').update(qr).digest('hex')

describe('a customer who pays by Bakong', () => {
  let bakong: TestBakong
  before(async () => {
    bakong = await startBakong()
  })
  beforeEach(() => bakong.control('bakong/quota', { reset: true }))
  after(() => bakong.close())

  const look = async (md5: string) => (await bakong.ask('check_transaction_by_md5', { md5 })).envelope
  const lines = async (md5: string) => (await bakong.journal()).filter((one) => one.md5 === md5)
  const refusal = async (path: string, body: unknown) => {
    const { status, json } = await bakong.tryControl(path, body)
    const { field, message } = json['error'] as { field: string; message: string }
    return { status, field, message }
  }

  it('pays what the code says, under the bill number that stands in it', async () => {
    const { md5, hashes } = await bakong.pay(sampleCode({ billNumber: '150001', amount: '7.50' }))
    const [line, ...more] = await lines(md5)
    const { paidAt, ...rest } = line ?? {}
    assert.deepEqual(rest, {
      transactionId: hashes[0],
      reference: '150001',
      md5,
      amount: '7.50',
      currency: 'USD',
      status: 'SUCCESS',
      refunded: '0.00',
      refunds: [],
    })
    assert.equal(new Date(String(paidAt)).toISOString(), paidAt)
    assert.deepEqual(more, [])
    const unnumbered = await bakong.pay(sampleCode({ billNumber: undefined }))
    assert.equal((await lines(unnumbered.md5))[0]?.reference, unnumbered.md5)
  })

  it('pays twice: two transfers, of which the MD5 tells the first alone', async () => {
    const { md5, hashes } = await bakong.pay(sampleCode(), { times: 2 })
    assert.equal(new Set(hashes).size, 2)
    for (let n = 0; n < 3; n++) assert.equal((await look(md5)).data?.['hash'], hashes[0])
    const { envelope } = await bakong.ask('check_transaction_by_hash', { hash: hashes[1] })
    assert.equal(envelope.data?.['hash'], hashes[1])
    assert.deepEqual(
      (await lines(md5)).map((one) => [one.transactionId, one.status]),
      hashes.map((hash) => [hash, 'SUCCESS']),
    )
  })

  it('cannot pay a code past its expiry, unless it is forced', async () => {
    const expiresAtMs = Date.now() - 1000
    const qr = sampleCode({ createdAtMs: expiresAtMs - 600_000, expiresAtMs })
    const refused = await refusal('pay', { bank: 'BAKONG', qr })
    assert.deepEqual([refused.status, refused.field], [422, 'qr'])
    assert.match(refused.message, new RegExp(`expired at ${new Date(expiresAtMs).toISOString()}.*late: true`))
    assert.equal((await look(md5Of(qr))).errorCode, 1)
    const inTime = await bakong.pay(qr, { paidAt: new Date(expiresAtMs).toISOString() })
    assert.equal((await look(inTime.md5)).data?.['createdDateMs'], expiresAtMs)
    const forced = sampleCode({ createdAtMs: expiresAtMs - 600_000, expiresAtMs })
    await bakong.pay(forced, { late: true })
    assert.ok(Number((await look(md5Of(forced))).data?.['createdDateMs']) > expiresAtMs)
    const soon = await refusal('pay', { bank: 'BAKONG', qr: sampleCode(), clockSkewS: 3600 })
    assert.equal(soon.status, 422)
  })

  it('is listed late: acknowledged so much after it was sent', async () => {
    const late = await bakong.pay(sampleCode(), { verify: 'late:600' })
    assert.equal((await look(late.md5)).errorCode, 1)
    assert.equal((await lines(late.md5))[0]?.status, 'PENDING')
    const { envelope } = await bakong.ask('check_transaction_by_hash', { hash: late.hashes[0] })
    assert.equal(envelope.errorCode, 1)
    await bakong.control('verify', { bank: 'BAKONG', md5: late.md5, verify: 'paid' })
    const { createdDateMs, acknowledgedDateMs } = (await look(late.md5)).data ?? {}
    assert.equal(Number(acknowledgedDateMs) - Number(createdDateMs), 600_000)
    const soon = await bakong.pay(sampleCode(), { verify: 'late:0.05' })
    let found = await look(soon.md5)
    while (found.errorCode === 1) found = await look(soon.md5)
    assert.equal(found.data?.['hash'], soon.hashes[0])
    assert.equal((await lines(soon.md5))[0]?.status, 'SUCCESS')
  })

  it('fails with code 3, until the same code is paid again', async () => {
    const qr = sampleCode()
    const { md5, hashes } = await bakong.pay(qr, { verify: 'failed' })
    assert.deepEqual([(await look(md5)).errorCode, (await lines(md5))[0]?.status], [3, 'FAILED'])
    const byHash = await bakong.ask('check_transaction_by_hash', { hash: hashes[0] })
    assert.equal(byHash.envelope.errorCode, 3)
    const again = await bakong.pay(qr)
    assert.equal((await look(md5)).data?.['hash'], again.hashes[0])
  })

  it('pays another sum, in another currency, or another shop', async () => {
    for (const [qr, verify, account, amount, currency, status] of [
      [sampleCode(), 'wrong-amount', 'sample_shop@smpl', '11.50', 'USD', 'SUCCESS'],
      [
        sampleCode({ currencyNumber: '116', amount: '4000' }),
        'wrong-amount',
        'sample_shop@smpl',
        '4100',
        'KHR',
        'SUCCESS',
      ],
      [sampleCode(), 'wrong-currency', 'sample_shop@smpl', '11', 'KHR', 'SUCCESS'],
      [
        sampleCode({ currencyNumber: '116', amount: '4000' }),
        'wrong-currency',
        'sample_shop@smpl',
        '4000.00',
        'USD',
        'SUCCESS',
      ],
      [sampleCode(), 'wrong-account', 'another_shop@smpl', '10.50', 'USD', 'ELSEWHERE'],
    ] as const) {
      const { md5 } = await bakong.pay(qr, { verify })
      const { data } = await look(md5)
      assert.deepEqual(
        [data?.['toAccountId'], data?.['amount'], data?.['currency']],
        [account, Number(amount), currency],
      )
      const [line] = await lines(md5)
      assert.deepEqual([line?.amount, line?.currency, line?.status], [amount, currency, status])
    }
    const { md5 } = await bakong.pay(sampleCode(), { amount: 3, currency: 'KHR' })
    assert.deepEqual([(await look(md5)).data?.['amount'], (await lines(md5))[0]?.amount], [3, '3'])
  })

  it('pays a static code, which Bakong does not follow', async () => {
    const qr = sampleCode({ amount: undefined, createdAtMs: undefined, expiresAtMs: undefined })
    const refused = await refusal('pay', { bank: 'BAKONG', qr })
    assert.deepEqual([refused.status, refused.field], [400, 'amount'])
    assert.equal((await look(md5Of(qr))).errorCode, 1)
    const { hashes } = await bakong.pay(qr, { amount: '2.00' })
    assert.equal((await look(md5Of(qr))).errorCode, 2)
    const { envelope } = await bakong.ask('check_transaction_by_hash', { hash: hashes[0] })
    assert.equal(envelope.data?.['amount'], 2)
  })

  it('has one transfer listed under two codes, as a lie', async () => {
    const honest = sampleCode({ amount: '9.00' })
    const lied = sampleCode({ amount: '4.00' })
    const unpaid = await refusal('pay', { bank: 'BAKONG', qr: lied, sameTransferAs: honest })
    assert.deepEqual([unpaid.status, unpaid.field], [404, 'sameTransferAs'])
    const { hashes } = await bakong.pay(honest)
    await bakong.pay(lied, { sameTransferAs: honest })
    const { data } = await look(md5Of(lied))
    assert.deepEqual([data?.['hash'], data?.['amount']], [hashes[0], 4])
    assert.deepEqual(await lines(md5Of(lied)), [])
    const { envelope } = await bakong.ask('check_transaction_by_hash', { hash: hashes[0] })
    assert.equal(envelope.data?.['amount'], 9)
  })

  it('is looked up in vain, by turns, without any answer, or with one that nobody can read', async () => {
    const { md5, hashes } = await bakong.pay(sampleCode({ billNumber: '150777' }), { verify: 'unpaid' })
    assert.deepEqual([(await look(md5)).errorCode, (await lines(md5))[0]?.status], [1, 'PENDING'])
    const set = (verify: string) => bakong.control('verify', { bank: 'BAKONG', paymentId: '150777', verify })
    assert.deepEqual(await set('flap'), { md5s: [md5], verify: 'flap' })
    const turns = [await look(md5), await look(md5), await look(md5)]
    assert.deepEqual(
      turns.map((one) => one.errorCode),
      [null, 1, null],
    )
    await set('garbage')
    const said = await bakong.ask('check_transaction_by_md5', { md5 })
    assert.deepEqual([said.status, said.json], [200, {}])
    await set('silent')
    await staysSilent(bakong, md5)
    const { envelope } = await bakong.ask('check_transaction_by_md5_list', [md5])
    assert.equal((envelope.data as unknown as { status: string }[])[0]?.status, 'SERVICE_FAILED')
    await set('unpaid-for:600')
    assert.equal((await look(md5)).errorCode, 1)
    await set('paid')
    assert.equal((await look(md5)).data?.['hash'], hashes[0])
  })

  it('refuses orders that make no sense, and says what to do', async () => {
    const qr = sampleCode()
    for (const [path, body, status, field, message] of [
      ['pay', { bank: 'BAKONG' }, 400, 'qr', /use the text of a KHQR/],
      [
        'pay',
        { bank: 'bakong', paymentId: 150_001 },
        400,
        'paymentId',
        /There is no field "paymentId" here; use bank, qr,/,
      ],
      ['pay', { bank: 'BAKONG', qr: `${qr}0` }, 400, 'qr', /CRC/],
      ['pay', { bank: 'BAKONG', qr, webhook: 'duplicate' }, 400, 'webhook', /normal, drop/],
      ['pay', { bank: 'BAKONG', qr, amount: '1.005' }, 400, 'amount', /decimals of USD/],
      ['pay', { bank: 'BAKONG', qr, verify: 'maybe' }, 400, 'verify', /paid, unpaid, .*late:<seconds>/],
      ['pay', { bank: 'BAKONG', qr, times: 0 }, 400, 'times', /from 1/],
      ['verify', { bank: 'BAKONG', md5: 'x', verify: 'paid' }, 400, 'md5', /32 hex digits/],
      ['verify', { bank: 'BAKONG', qr, verify: 'failed' }, 400, 'verify', /paid, unpaid/],
      ['verify', { bank: 'BAKONG', paymentId: 5, verify: 'paid' }, 404, 'paymentId', /say qr or md5/],
      ['bakong/quota', {}, 400, 'spent', /say spent, perDay, or reset/],
      ['bakong/quota', { spent: 1, reset: true }, 400, 'reset', /either/],
      ['bakong/quota', { spent: 1, token: 'x' }, 400, 'token', /first 16 hex digits/],
      [
        'faults',
        { target: 'BAKONG', operation: 'check-md5', fault: 'list-refused' },
        400,
        'fault',
        /use one of none, /,
      ],
      ['faults', { target: 'BAKONG', operation: '*', fault: 'code', value: 0 }, 400, 'value', /from 1 to 99/],
    ] as const) {
      const refused = await refusal(path, body)
      assert.deepEqual([refused.status, refused.field], [status, field], JSON.stringify(body))
      assert.match(refused.message, message)
    }
    assert.equal((await look(md5Of(qr))).errorCode, 1)
  })
})
