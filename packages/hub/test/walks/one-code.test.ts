import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, askKhqr, asked, becomes, clearFaults, during, makeCode } from '../support/bad-day.ts'
import { notice, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'

test('one bill has one payment, and one code at each bank', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  for (const bank of ['AMK', 'BANK01']) {
    await t.test(`16 at once at ${bank} get the same code, and the bank is asked once`, async () => {
      const bill = await hub.bill()
      const all = await Promise.all(Array.from({ length: 16 }, () => askKhqr(hub, bank, bill)))
      for (const answer of all) assert.equal(answer.status, 200, answer.text)
      assert.equal(new Set(all.map((answer) => answer.json['data']?.['qrString'])).size, 1)
      const id = Number(all[0]?.json['data']?.['paymentId'])
      assert.equal(await asked(hub, id, 'create-qr'), 1)
      assert.equal((await makeCode(hub, bank, bill)).id, id)
      assert.equal(await asked(hub, id, 'create-qr'), 1)
      await booksAgree(hub)
    })
  }

  await t.test(
    '[E36] two banks for one bill: one payment id and two codes; paid at both, the second is held',
    async () => {
      const first = await makeCode(hub, 'AMK')
      const second = await makeCode(hub, 'BANK01', first.bill)
      assert.equal(second.id, first.id)
      assert.notEqual(second.qrString, first.qrString)
      await pay(hub, first)
      await becomes(hub, first.id, {})
      await pay(hub, second)
      await becomes(hub, first.id, { held: ['duplicate_payment'] })
      assert.deepEqual(await answers(hub, first.id, 2), [200, 200])
      await booksAgree(hub)
    },
  )

  await t.test('[E36] both banks paid at the same moment: one is applied, one is held', async () => {
    const first = await makeCode(hub, 'AMK')
    const second = await makeCode(hub, 'BANK01', first.bill)
    await Promise.all([pay(hub, first), pay(hub, second)])
    await becomes(hub, first.id, { held: ['duplicate_payment'] })
    await booksAgree(hub)
  })

  await t.test('[E30] a session that ended: the bank is asked first, and what was paid unheard is found', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'drop' })
    await hub.pool.query('update attempts set expires_at = now() where payment_number = $1', [code.id])
    assert.equal((await askKhqr(hub, 'AMK', code.bill)).status, 404)
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test(
    '[E30] a session that ended unpaid gets a new code of the same payment, and either may be paid',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await hub.pool.query('update attempts set expires_at = now() where payment_number = $1', [code.id])
      const fresh = await makeCode(hub, 'AMK', code.bill)
      assert.equal(fresh.id, code.id)
      assert.notEqual(fresh.qrString, code.qrString)
      await pay(hub, code)
      await becomes(hub, code.id, {})
      await booksAgree(hub)
    },
  )

  await t.test('a customer pays before our own call for the code has returned', async () => {
    const bill = await hub.bill()
    const slow = await during(hub, ['AMK', 'qr', 'slow-answer', 1_500], async () => {
      const asking = askKhqr(hub, 'AMK', bill)
      const id = await bankHasCode(bill)
      await pay(hub, { bank: 'AMK', id })
      await becomes(hub, id, {})
      return { id, answer: await asking }
    })
    assert.equal(slow.answer.status, 404, 'nothing is due any more')
    assert.equal((await answers(hub, slow.id))[0], 200)
    await booksAgree(hub)
  })

  /** Waits until AMK made a code for the bill's payment: then its forged notices, too, name a code. */
  async function bankHasCode(bill: string): Promise<number> {
    for (;;) {
      const { rows } = await hub.pool.query('select number::int as id from payments where bill_number = $1', [bill])
      const id = (rows[0] as { id: number } | undefined)?.id
      const known =
        id && (await hub.simulator('POST', '/_simulator/verify', { bank: 'AMK', paymentId: id, verify: 'paid' }))
      if (id && known && known.status === 200) return id
    }
  }
})

test('breakers', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  await t.test('ten failures open the circuit for new codes: 503 with the seconds to wait, and no call', async () => {
    const bills = await Promise.all(Array.from({ length: 11 }, () => hub.bill()))
    await during(hub, ['BANK01', 'qr', '500'], async () => {
      for (const bill of bills.slice(0, 10)) assert.equal((await askKhqr(hub, 'BANK01', bill)).status, 503)
    })
    const left = await askKhqr(hub, 'BANK01', bills[10] ?? '')
    assert.equal(left.status, 503, left.text)
    assert.equal(left.json['error']?.['code'], 'SERVER_UNAVAILABLE')
    const retryAfter = Number(left.headers.get('retry-after'))
    assert.ok(retryAfter > 0 && retryAfter <= 30, `${retryAfter} s`)
    const { rows } = await hub.pool.query(`select from exchanges where operation = 'create-qr' and target = 'BANK01'`)
    assert.equal(rows.length, 10)
    await booksAgree(hub)
  })

  await t.test('verification of money already notified passes an open circuit', async () => {
    const codes = [await makeCode(hub, 'AMK'), await makeCode(hub, 'AMK')]
    const [paid, other] = codes
    assert.ok(paid && other)
    await hub.pool.query('update attempts set expires_at = now() where payment_number = $1', [other.id])
    await during(hub, ['AMK', 'verify', '500'], async () => {
      // Three tries each: the tenth failure opens the circuit.
      for (let n = 0; n < 4; n += 1) assert.equal((await askKhqr(hub, 'AMK', other.bill)).status, 503)
    })
    const left = await askKhqr(hub, 'AMK', other.bill)
    assert.equal(left.status, 503, left.text)
    assert.match(left.text, /retryAfter/)
    const calls = await asked(hub, other.id, 'verify')
    await pay(hub, paid, { webhook: 'drop' })
    const told = await notice(hub, paid)
    assert.equal(told.status, 200, told.text)
    await becomes(hub, paid.id, {})
    assert.equal(await asked(hub, other.id, 'verify'), calls)
    await booksAgree(hub)
  })
})
