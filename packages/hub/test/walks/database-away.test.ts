import assert from 'node:assert/strict'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { askAgainNow, askKhqr, becomes, counter, during, inboxOf } from '../support/bad-day.ts'
import { inquire, makeCode, notice, patiently, pay, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { testDatabase } from '../support/database.ts'
import type { TestHub } from '../support/running-hub.ts'

test('the database is away for a moment', async (t) => {
  const { hub, line } = await startOnALine(t)

  await t.test('[E33] everything is 503 with Retry-After while it is away, and right when it is back', async () => {
    const code = await makeCode(hub, 'AMK')
    // A customer pays at the counter, and the line is cut before the bank tells us.
    const paid = { number: await hub.bill(), bankTransactionId: 'TX-ON-A-CUT-LINE' }
    const { id } = await during(hub, ['AMK', 'webhook', 'silent'], () => counter(hub, 'AMK', paid))
    await pay(hub, code, { webhook: 'drop' })
    line.cut()
    for (const answer of [await notice(hub, code), await askKhqr(hub, 'AMK', code.bill)]) {
      assert.equal(answer.status, 503, answer.text)
      assert.ok(Number(answer.headers.get('retry-after')) > 0)
    }
    assert.deepEqual((await counter(hub, 'AMK', paid)).statuses, [503])
    line.mend()
    assert.equal((await notice(hub, code)).status, 200)
    assert.deepEqual((await counter(hub, 'AMK', paid)).statuses, [200])
    await becomes(hub, code.id, {})
    await becomes(hub, id, {})
    await booksAgree(hub)
  })

  await t.test(
    '[E33] cut while the bank is asked: not 2xx, the kept message is asked about again, credited once',
    async () => {
      const code = await makeCode(hub, 'BANK01')
      await hub.simulator('POST', '/_simulator/faults', {
        target: 'BANK01',
        operation: 'verify',
        fault: 'slow',
        value: 700,
      })
      await pay(hub, code, { webhook: 'drop' })
      const telling = notice(hub, code)
      await patiently('the message to be kept', async () => {
        const { rows } = await hub.pool.query('select from inbox where payment_number = $1', [code.id])
        return rows.length === 1
      })
      line.cut()
      const answer = await telling
      assert.equal(answer.status, 503, answer.text)
      line.mend()
      await hub.simulator('DELETE', '/_simulator/faults')
      // A message that was never judged is taken up after 15 s: now, for a test.
      await hub.pool.query('update inbox set next_try_at = now() where decided_at is null')
      await askAgainNow(hub)
      await becomes(hub, code.id, {})
      await booksAgree(hub)
    },
  )

  await t.test(
    '[E39] cut while a confirmation of the counter is judged: not 2xx, never applied by itself, applied when told again',
    async () => {
      const bill = await hub.bill()
      const id = Number((await inquire(hub, 'AMK', bill)).json['data']?.['id'])
      await hub.simulator('POST', '/_simulator/faults', {
        target: 'DLIS',
        operation: 'lookup',
        fault: 'slow',
        value: 700,
      })
      const paid = { number: bill, bankTransactionId: 'TX-CUT-WHILE-JUDGED' }
      const telling = counter(hub, 'AMK', paid)
      await patiently('the message to be kept', async () => (await inboxOf(hub, id)).length === 1)
      line.cut()
      assert.deepEqual((await telling).statuses, [503])
      line.mend()
      await hub.simulator('DELETE', '/_simulator/faults')
      await hub.pool.query('update inbox set next_try_at = now() where decided_at is null')
      await patiently('the message to be closed', async () => (await inboxOf(hub, id))[0]?.outcome === 'refused')
      await becomes(hub, id, { status: 'pending', applied: 0 })
      assert.deepEqual((await counter(hub, 'AMK', paid)).statuses, [200])
      await becomes(hub, id, {})
      await booksAgree(hub)
    },
  )

  await t.test('[E28] [E33] cut while the premium is credited: asked first, credited once', async () => {
    const code = await makeCode(hub, 'AMK', { system: 'INGENIUM' })
    await hub.simulator('POST', '/_simulator/faults', {
      target: 'INGENIUM',
      operation: 'credit',
      fault: 'slow-answer',
      value: 700,
    })
    await pay(hub, code)
    await patiently('the credit to be sent', async () => (await hub.credits(code.id)).length > 0)
    line.cut()
    await patiently('the answer to be lost', async () => line.refused > 0)
    line.mend()
    await hub.simulator('DELETE', '/_simulator/faults')
    // The claim of the lost round ends by itself after a minute: now, for a test.
    await patiently('the credit to be known', async () => {
      await hub.pool.query(`update event_deliveries set next_try_at = now() where state = 'due'`)
      const { rows } = await hub.pool.query('select state from credits where payment_number = $1', [code.id])
      return rows[0]?.state === 'credited'
    })
    assert.equal((await hub.credits(code.id)).length, 1)
    await booksAgree(hub)
  })
})

/** The line to the database: cut, every connection dies and new ones are refused. */
type Line = { cut(): void; mend(): void; readonly refused: number }

async function startOnALine(t: TestContext): Promise<{ hub: TestHub; line: Line }> {
  const { address, pool } = await testDatabase(t)
  const open = new Set<Socket>()
  let isCut = false
  let refused = 0
  const server = createServer((near) => {
    if (isCut) {
      refused += 1
      near.destroy()
      return
    }
    const far = connect(`${address.host}/.s.PGSQL.${address.port}`)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `postgresql://${address.user}@127.0.0.1:${port}/${address.database}`
  const hub = await startBadDays(t, { DATABASE_URL: url })
  t.after(() => {
    isCut = false
    server.close()
  })
  const line: Line = {
    cut() {
      isCut = true
      for (const socket of open) socket.destroy()
    },
    mend() {
      isCut = false
    },
    get refused() {
      return refused
    },
  }
  return { hub: { ...hub, pool }, line }
}
