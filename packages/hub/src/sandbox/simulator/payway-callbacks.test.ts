import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { startPayway, type TestPayway } from './test-payway.ts'
import { hashOf, samplePayway } from './test-payway-requests.ts'
import type { Told } from './test-process.ts'

const { apiKey } = samplePayway
const header = 'x-payway-hmac-sha512'
const bodyOf = (told: Told | undefined): Record<string, string> =>
  JSON.parse(told?.body ?? '{}') as Record<string, string>
const sorted = (body: Record<string, string>): string[] =>
  Object.keys(body)
    .sort()
    .map((name) => body[name] ?? '')

describe('the callbacks of the played PayWay', () => {
  let payway: TestPayway
  before(async () => {
    payway = await startPayway()
  })
  after(() => payway.close())

  /** What came to the shop of one payment, once `count` messages did. */
  async function toldOf(how: Record<string, unknown>, count: number): Promise<Told[]> {
    const { tranId } = await payway.makeQr()
    const from = payway.shop.all.length
    await payway.pay(tranId, how)
    await payway.shop.heard(from + count)
    return payway.shop.all.slice(from)
  }

  it('name the transaction and no sum, and are signed over their values sorted by name', async () => {
    const [told] = await toldOf({}, 1)
    const body = bodyOf(told)
    assert.deepEqual(Object.keys(body), ['tran_id', 'apv', 'status', 'return_params', 'merchant_ref'])
    assert.deepEqual([body['status'], body['return_params'], told?.path], ['0', 'order=3', '/callback'])
    assert.equal(told?.headers[header], hashOf(sorted(body)))
    assert.equal(told?.headers.authorization, undefined)
  })

  it('come as a form, in an old form, or behind a bare GET', async () => {
    const [form] = await toldOf({ shape: 'form' }, 1)
    const fields = Object.fromEntries(new URLSearchParams(form?.body))
    assert.equal(form?.headers[header], hashOf(sorted(fields)))
    const [old] = await toldOf({ shape: 'form-response' }, 1)
    const response = new URLSearchParams(old?.body).get('response') ?? ''
    assert.equal((JSON.parse(response) as Record<string, string>)['status'], '0')
    const [probe, told] = await toldOf({ shape: 'probe' }, 2)
    assert.deepEqual([probe?.method, probe?.body, told?.method], ['GET', '', 'POST'])
  })

  it('come as the document of the profile raw-body has them', async () => {
    const [told] = await toldOf({ shape: 'raw-body' }, 1)
    const body = bodyOf(told)
    assert.deepEqual([body['status'], body['amount'], body['currency']], ['success', '10.50', 'USD'])
    assert.match(body['webhook_id'] ?? '', /^wh_/)
    const signature = createHmac('sha512', apiKey)
      .update(told?.body ?? '')
      .digest('base64')
    assert.deepEqual([told?.headers['x-payway-signature'], told?.headers[header]], [signature, undefined])
  })

  it('are badly signed, signed in the wrong order, or not signed, as ordered', async () => {
    for (const signature of ['wrong', 'unsorted', 'none']) {
      const [told] = await toldOf({ signature }, 1)
      const body = bodyOf(told)
      assert.notEqual(told?.headers[header], hashOf(sorted(body)))
      assert.equal(told?.headers[header] === undefined, signature === 'none')
    }
  })

  it('are forged without any money, and are lies where they are rightly signed', async () => {
    const [forged] = await toldOf({ webhook: 'forged' }, 1)
    assert.notEqual(forged?.headers[header], hashOf(sorted(bodyOf(forged))))
    const [lie] = await toldOf({ webhook: 'forged', signature: 'right', notice: { apv: '1', merchant_ref: null } }, 1)
    assert.equal(lie?.headers[header], hashOf(sorted(bodyOf(lie))))
    assert.deepEqual([bodyOf(lie)['apv'], 'merchant_ref' in bodyOf(lie)], ['1', false])
    const money = (await payway.journal()).filter((one) => one.reference === bodyOf(lie)['tran_id'])
    assert.deepEqual(money, [])
  })

  it('come three times, later, elsewhere, or never', async () => {
    const three = await toldOf({ webhook: 'duplicate' }, 3)
    assert.equal(new Set(three.map((told) => told.body)).size, 1)
    const [late] = await toldOf({ webhook: 'late:0.01' }, 1)
    assert.equal(bodyOf(late)['status'], '0')
    const [elsewhere] = await toldOf({ callbackTo: payway.callbackUrl.replace('/callback', '/other') }, 1)
    assert.equal(elsewhere?.path, '/other')
    await toldOf({ webhook: 'drop' }, 0)
    await toldOf({ callbackTo: 'https://shop.example/cb' }, 0)
    const [next] = await toldOf({ shape: 'form' }, 1)
    assert.match(next?.headers['content-type'] ?? '', /form/)
  })

  it('come again until they are answered by 2xx', async () => {
    payway.shop.answers(500)
    const { tranId } = await payway.makeQr()
    const from = payway.shop.all.length
    await payway.pay(tranId)
    await payway.shop.heard(from + 2)
    payway.shop.answers(200)
    await payway.shop.heard(from + 3)
    const bodies = payway.shop.all.slice(from, from + 3).map((told) => told.body)
    assert.equal(new Set(bodies).size, 1)
  })

  it('are cut, are a page, or are badly signed on a bad day', async () => {
    for (const fault of ['truncated', 'html', 'wrong-secret']) {
      await payway.fault('webhook', fault)
      const [told] = await toldOf({}, 1)
      await payway.clear()
      const signed = hashOf(sorted(fault === 'wrong-secret' ? bodyOf(told) : {}))
      assert.notEqual(told?.headers[header], signed)
      if (fault !== 'wrong-secret') assert.throws(() => bodyOf(told))
    }
  })

  it('never leave this machine', async () => {
    const { tranId } = await payway.makeQr()
    await payway.pay(tranId, { callbackTo: 'http://203.0.113.9/x' })
    for (;;) {
      const answer = await fetch(`${payway.url()}/_simulator/deliveries`)
      const { deliveries } = (await answer.json()) as {
        deliveries: { reference: string; attempts: { error?: string }[] }[]
      }
      const attempt = deliveries.find((one) => one.reference === tranId)?.attempts[0]
      if (!attempt) continue
      assert.match(attempt.error ?? '', /neither the hub nor an address of this machine/)
      break
    }
  })
})
