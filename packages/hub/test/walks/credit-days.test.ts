import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  becomes,
  clearFaults,
  creditAgainNow,
  creditedInTheEnd,
  creditTries,
  makeCode,
  pay,
  setFault,
} from '../support/bad-day.ts'
import { patiently, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'

const systems = ['DLIS', 'INGENIUM']

test('bad days of crediting', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  for (const system of systems) {
    for (const fault of ['500', 'html', 'quota', 'wrong-secret', 'cut', 'truncated']) {
      await t.test(`${system} under "${fault}": tried again until it works, credited once`, async () => {
        await setFault(hub, system, 'credit', fault)
        const code = await makeCode(hub, 'AMK', { system })
        await pay(hub, code)
        await becomes(hub, code.id, {})
        await patiently('the first failure', async () => (await creditTries(hub, code.id)).error !== null)
        await creditAgainNow(hub)
        await patiently('another try', async () => (await creditTries(hub, code.id)).tries >= 2)
        await clearFaults(hub)
        await creditedInTheEnd(hub, code.id)
        await booksAgree(hub)
        assert.equal((await hub.credits(code.id)).length, 1)
      })
    }
  }

  // Both at once: each waits for its own system's 5 s.
  for (const fault of ['silent', 'credit-then-silent']) {
    await t.test(
      `[E28] both systems under "${fault}": asked first, then sent again if need be, credited once`,
      async () => {
        for (const system of systems) await setFault(hub, system, 'credit', fault)
        const codes = [
          await makeCode(hub, 'AMK', { system: 'DLIS' }),
          await makeCode(hub, 'AMK', { system: 'INGENIUM' }),
        ]
        for (const code of codes) await pay(hub, code)
        // Watched together: what one of them learns is forgotten when it is credited.
        await Promise.all(
          codes.map(({ id }) =>
            patiently('the first failure', async () => (await creditTries(hub, id)).error !== null),
          ),
        )
        await clearFaults(hub)
        for (const { id } of codes) await creditedInTheEnd(hub, id)
        await booksAgree(hub)
        for (const { id } of codes) assert.equal((await hub.credits(id)).length, 1)
      },
    )
  }

  await t.test('[E28] Ingenium that credits two seconds after we gave up is not sent it again', async () => {
    await setFault(hub, 'INGENIUM', 'credit', 'slow', 7_000)
    const code = await makeCode(hub, 'AMK', { system: 'INGENIUM' })
    await pay(hub, code)
    await patiently('the first failure', async () => (await creditTries(hub, code.id)).error !== null)
    await clearFaults(hub)
    await booksAgree(hub)
    assert.equal((await hub.credits(code.id)).length, 1)
  })

  await t.test(
    '[E28] Ingenium credited without an answer, and its look-up is down: nothing is sent until it answers',
    async () => {
      await setFault(hub, 'INGENIUM', 'credit', 'cut')
      const code = await makeCode(hub, 'AMK', { system: 'INGENIUM' })
      await setFault(hub, 'INGENIUM', 'find-credit', '500')
      await pay(hub, code)
      await patiently('the look-up to fail', async () =>
        /find-credit/.test((await creditTries(hub, code.id)).error ?? ''),
      )
      await setFault(hub, 'INGENIUM', 'credit', 'none')
      await creditAgainNow(hub)
      await patiently('another try', async () => (await creditTries(hub, code.id)).tries >= 3)
      assert.equal((await hub.credits(code.id)).length, 1)
      await clearFaults(hub)
      await creditedInTheEnd(hub, code.id)
      await booksAgree(hub)
    },
  )

  await t.test(
    '[E69] Ingenium’s look-up is down for 15 minutes: a case, nothing is sent, and it is asked on',
    async () => {
      await setFault(hub, 'INGENIUM', 'credit', 'cut')
      await setFault(hub, 'INGENIUM', 'find-credit', '500')
      const code = await makeCode(hub, 'AMK', { system: 'INGENIUM' })
      await pay(hub, code)
      await patiently('the look-up to fail', async () =>
        /find-credit/.test((await creditTries(hub, code.id)).error ?? ''),
      )
      await becomes(hub, code.id, {})
      await hub.pool.query(
        `update credits set last_sent_at = last_sent_at - interval '15 minutes' where payment_number = $1`,
        [code.id],
      )
      await creditAgainNow(hub)
      await becomes(hub, code.id, { cases: ['credit_unknown'] })
      assert.equal((await hub.credits(code.id)).length, 1)
      await clearFaults(hub)
      await patiently('the credit to be found', async () => {
        await hub.pool.query(`update event_deliveries set next_try_at = now() where state = 'due'`)
        const { rows } = await hub.pool.query('select state from credits where payment_number = $1', [code.id])
        return rows[0]?.state === 'credited'
      })
      await becomes(hub, code.id, { cases: ['credit_unknown'] })
      await booksAgree(hub)
    },
  )

  await t.test('a payment’s events are in order and without a hole, and its customer is told once', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'duplicate' })
    await becomes(hub, code.id, {})
    await booksAgree(hub)
    const { rows } = await hub.pool.query(
      'select sequence, type, body->$$payment$$->>$$status$$ as status from events where payment_number = $1 order by position',
      [code.id],
    )
    assert.deepEqual(rows, [
      { sequence: 1, type: 'payment.opened', status: 'pending' },
      { sequence: 2, type: 'khqr.generated-event', status: 'processing' },
      { sequence: 3, type: 'gateway.payment.verified', status: 'completed' },
      { sequence: 4, type: 'gateway.payment.success', status: 'completed' },
    ])
    const told = await hub.pool.query('select from notifications where payment_number = $1', [code.id])
    assert.equal(told.rows.length, 1)
  })
})
