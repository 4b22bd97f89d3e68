import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { sampleCode, startBakong, type TestBakong } from './test-bakong-client.ts'
import { call, sampleBakong } from './test-process.ts'

const md5Of = (qr: string): string => createHash('md5').update(qr).digest('hex')

describe('a simulated Bakong that is killed', () => {
  let bakong: TestBakong
  before(async () => {
    bakong = await startBakong()
  })
  after(() => bakong.close())

  it('believes afterwards all that it answered, the count of the day included', async () => {
    const [paid, twice, late, failed, lied, flapping] = Array.from({ length: 6 }, () => sampleCode())
    await bakong.pay(String(paid))
    await bakong.pay(String(twice), { times: 2, instructionRef: 'I-1' })
    await bakong.pay(String(late), { verify: 'late:600' })
    await bakong.pay(String(failed), { verify: 'failed' })
    await bakong.pay(String(lied), { sameTransferAs: paid })
    await bakong.pay(String(flapping), { verify: 'unpaid' })
    await bakong.control('verify', { bank: 'BAKONG', qr: flapping, verify: 'paid' })
    const renewed = await bakong.ask('renew_token', { email: sampleBakong.email }, '')
    const token = String(renewed.envelope.data?.['token'])
    await bakong.control('bakong/quota', { perDay: 50, spent: 20 })
    await bakong.fault('check-hash', 'code', 9)
    const md5s = [paid, twice, late, failed, lied, flapping].map((qr) => md5Of(String(qr)))
    const read = async () => {
      const list = await bakong.ask('check_transaction_by_md5_list', md5s)
      const hash = await bakong.ask('check_transaction_by_hash', { hash: 'x' })
      const other = await bakong.ask('check_transaction_by_md5', { md5: md5s[0] }, token)
      return [list.envelope, hash.envelope, other.envelope, await bakong.journal()]
    }
    const believed = await read()
    const quota = async () => (await call('GET', `${bakong.url()}/_simulator/bakong/quota`)).json
    const counted = await quota()
    assert.equal(await bakong.spent(), 22)
    await bakong.killAndRestart()
    assert.deepEqual(await quota(), counted)
    assert.deepEqual(await read(), believed)
    assert.equal(await bakong.spent(), 24)
  })

  it('still shows on its phone the codes whose link was asked for', async () => {
    const qr = sampleCode()
    const onPhone = async () => (await call('GET', `${bakong.url()}/phone`)).text.includes(encodeURIComponent(qr))
    assert.equal(await onPhone(), false)
    await bakong.ask('generate_deeplink_by_qr', { qr }, '')
    assert.equal(await onPhone(), true)
    await bakong.killAndRestart()
    assert.equal(await onPhone(), true)
  })

  it('has counted every call that it answered, and lost no transfer, whenever it was killed', async () => {
    await bakong.control('bakong/quota', { reset: true, perDay: 1000 })
    const md5 = md5Of(sampleCode())
    const codes = Array.from({ length: 40 }, () => sampleCode())
    let answered = 0
    let paid: string[] = []
    const look = async (): Promise<void> => {
      await bakong.ask('check_transaction_by_md5', { md5 })
      answered++
    }
    const pay = async (qr: string): Promise<void> => {
      const { hashes } = await bakong.pay(qr)
      paid = [...paid, ...hashes]
    }
    const pays = codes.map(pay)
    const looks = codes.map(look)
    const ended = Promise.allSettled([...pays, ...looks])
    await Promise.all(looks.slice(0, 10))
    await bakong.killAndRestart()
    await ended
    const spent = await bakong.spent()
    assert.ok(spent >= answered && spent <= 40, `${answered} were answered, ${spent} counted`)
    const kept = (await bakong.journal()).map((one) => one.transactionId)
    assert.deepEqual(
      paid.filter((hash) => !kept.includes(hash)),
      [],
    )
  })
})
