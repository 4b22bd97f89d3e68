import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askKhqr, asked, becomes, clearFaults, during, makeCode, pay, setFault } from '../support/bad-day.ts'
import { standing, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'

type Case = { fault: readonly [operation: string, fault: string, value?: number]; status: number; code: string }

const lies: readonly Case[] = [
  { fault: ['qr', 'html'], status: 502, code: 'PARTNER_RESPONSE_INVALID' },
  { fault: ['qr', 'truncated'], status: 502, code: 'PARTNER_RESPONSE_INVALID' },
  { fault: ['qr', 'wrong-qr'], status: 502, code: 'PARTNER_RESPONSE_INVALID' },
  { fault: ['qr', 'wrong-payee'], status: 502, code: 'PARTNER_RESPONSE_INVALID' },
  { fault: ['login', 'html'], status: 502, code: 'PARTNER_RESPONSE_INVALID' },
  { fault: ['qr', '500'], status: 503, code: 'SERVER_UNAVAILABLE' },
  { fault: ['qr', 'cut'], status: 503, code: 'SERVER_UNAVAILABLE' },
  { fault: ['qr', 'quota'], status: 503, code: 'SERVER_UNAVAILABLE' },
  { fault: ['qr', 'slow', 6_000], status: 503, code: 'SERVER_UNAVAILABLE' },
  { fault: ['qr', 'silent'], status: 503, code: 'SERVER_UNAVAILABLE' },
  { fault: ['login', 'wrong-secret'], status: 401, code: 'FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER' },
  { fault: ['qr', 'wrong-secret'], status: 401, code: 'FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER' },
]

// Both banks take half of the days, so that neither breaker opens.
for (const [turn, bank] of ['AMK', 'BANK01'].entries()) {
  test(`bad days of ${bank} when a code is made`, async (t) => {
    const hub = await startBadDays(t)
    t.afterEach(() => clearFaults(hub))

    for (const { fault, status, code } of lies.filter((_, index) => index % 2 === turn)) {
      await t.test(`${fault[0]} under "${fault[1]}": ${status} ${code}, and a code when the day is over`, async () => {
        const bill = await hub.bill()
        const [operation, name, value] = fault
        // A log-in is asked for only when there is no good token left.
        if (operation === 'login') await setFault(hub, bank, 'qr', 'expired-token')
        const answer = await during(hub, [bank, operation, name, value], () => askKhqr(hub, bank, bill))
        assert.equal(answer.status, status, answer.text)
        assert.equal(answer.json['error']?.['code'], code)
        assert.equal(answer.json['data'], undefined, 'no code is shown')
        if (status === 401) assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="bank-partner"')
        if (status === 503) {
          assert.ok(Number(answer.headers.get('retry-after')) > 0)
          assert.equal(String(answer.json['error']?.['retryAfter']), answer.headers.get('retry-after'))
        }
        const made = await makeCode(hub, bank, bill)
        await pay(hub, made)
        await becomes(hub, made.id, { status: 'completed' })
        await booksAgree(hub)
      })
    }

    await t.test('an expired token is mended by one more log-in, and nobody notices', async () => {
      const before = await makeCode(hub, bank)
      await setFault(hub, bank, '*', 'expired-token')
      const after = await makeCode(hub, bank)
      assert.equal(await asked(hub, after.id, 'create-qr'), 2, 'refused once, then made')
      assert.equal(await asked(hub, before.id, 'create-qr'), 1)
      await booksAgree(hub)
    })

    await t.test('a bank that flaps makes a code for whoever asks again', async () => {
      await setFault(hub, bank, 'qr', 'flap')
      const bills = [await hub.bill(), await hub.bill()]
      const first = [await askKhqr(hub, bank, bills[0] ?? ''), await askKhqr(hub, bank, bills[1] ?? '')]
      assert.deepEqual(first.map((answer) => answer.status).sort(), [200, 503])
      const failed = bills[first.findIndex((answer) => answer.status === 503)] ?? ''
      const made = await makeCode(hub, bank, failed)
      await pay(hub, made)
      await becomes(hub, made.id, { status: 'completed' })
      await booksAgree(hub)
    })

    await t.test('[E30] after an unknown outcome the bank is asked before another code is made', async () => {
      const bill = await hub.bill()
      const lost = await during(hub, [bank, 'qr', 'cut'], () => askKhqr(hub, bank, bill))
      assert.equal(lost.status, 503, lost.text)
      const { rows } = await hub.pool.query('select number::int as id from payments where bill_number = $1', [bill])
      const { id } = rows[0] as { id: number }
      assert.equal(await asked(hub, id, 'verify'), 0)
      // The code that we never saw was made, and somebody paid it: the notice is lost.
      await pay(hub, { bank, id }, { webhook: 'drop' })
      const again = await askKhqr(hub, bank, bill)
      assert.equal(again.status, 404, again.text)
      assert.equal(await asked(hub, id, 'verify'), 1)
      assert.equal(await asked(hub, id, 'create-qr'), 1, 'no second code was asked for')
      await becomes(hub, id, { status: 'completed' })
      await booksAgree(hub)
    })

    await t.test('[E30] while verify cannot say, no other code is made after an unknown outcome', async () => {
      const bill = await hub.bill()
      await during(hub, [bank, 'qr', 'cut'], () => askKhqr(hub, bank, bill))
      const unsure = await during(hub, [bank, 'verify', 'html'], () => askKhqr(hub, bank, bill))
      assert.equal(unsure.status, 502, unsure.text)
      assert.equal(unsure.json['error']?.['code'], 'PARTNER_RESPONSE_INVALID')
      const made = await makeCode(hub, bank, bill)
      assert.equal((await standing(hub, made.id)).status, 'processing')
      assert.equal(await asked(hub, made.id, 'create-qr'), 2)
      await booksAgree(hub)
    })
  })
}
