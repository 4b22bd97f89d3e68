import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askKhqr, becomes, clearFaults, during, inquire, makeCode, pay, payElsewhere } from '../support/bad-day.ts'
import { startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'

test('bad days of the policy systems', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  for (const { number, system, amount } of [
    { number: 'P600000006', system: 'a system that thinks for 3 s', amount: '12.00' },
    { number: 'P500000005', system: 'a number that DLIS does not know and Ingenium does', amount: '42.00' },
    { number: 'A10000001', system: 'an application', amount: '320.00' },
    { number: 'P200000002', system: 'a bill in riel', amount: '600000' },
  ]) {
    await t.test(`${system}: ${number} is found, shown as a code, paid and credited once`, async () => {
      const found = await inquire(hub, 'BANK01', number)
      assert.equal(found.status, 200, found.text)
      assert.match(found.text, new RegExp(`"amount":${amount.replace('.', '\\.')},`))
      const code = await makeCode(hub, 'BANK01', number)
      await pay(hub, code)
      await becomes(hub, code.id, { status: 'completed' })
      await booksAgree(hub)
    })
  }

  await t.test('a system that answers 500 is unavailable, in the inquiry and for a code alike', async () => {
    for (const answer of [await inquire(hub, 'AMK', 'P700000007'), await askKhqr(hub, 'AMK', 'P700000007')]) {
      assert.equal(answer.status, 503, answer.text)
      assert.equal(answer.json['error']?.['code'], 'SERVER_UNAVAILABLE')
      assert.ok(Number(answer.headers.get('retry-after')) > 0)
    }
    await booksAgree(hub)
  })

  await t.test('nothing due, and no such number, are 404s that say which', async () => {
    for (const [number, details] of [
      ['P300000003', /Nothing is due/],
      ['P999999999', /Query: P999999999/],
    ] as const) {
      const answer = await inquire(hub, 'AMK', number)
      assert.equal(answer.status, 404, answer.text)
      assert.equal(answer.json['error']?.['code'], 'RESOURCE_NOT_FOUND')
      assert.match(String(answer.json['error']?.['details']), details)
    }
    await booksAgree(hub)
  })

  for (const fault of ['silent', 'html', 'truncated', 'cut', 'wrong-secret', 'quota', '500']) {
    await t.test(
      `a look-up under "${fault}" opens nothing, is 503, and is forgotten when the day is over`,
      async () => {
        const bill = await hub.bill()
        const answer = await during(hub, ['DLIS', 'lookup', fault], () => askKhqr(hub, 'AMK', bill))
        assert.equal(answer.status, 503, answer.text)
        assert.equal(answer.json['error']?.['code'], 'SERVER_UNAVAILABLE')
        assert.ok(Number(answer.headers.get('retry-after')) > 0)
        const { rows } = await hub.pool.query('select from payments where bill_number = $1', [bill])
        assert.equal(rows.length, 0)
        const code = await makeCode(hub, 'AMK', bill)
        await pay(hub, code)
        await becomes(hub, code.id, { status: 'completed' })
        await booksAgree(hub)
      },
    )
  }

  for (const fault of ['500', 'html', 'silent']) {
    await t.test(
      `[E27] money that comes while the policy system is under "${fault}" is settled by the quote`,
      async () => {
        const code = await makeCode(hub, 'AMK')
        await during(hub, ['DLIS', 'lookup', fault], async () => {
          await pay(hub, code)
          await becomes(hub, code.id, { status: 'completed' })
        })
        await booksAgree(hub)
      },
    )
  }

  await t.test('instalments: the first is paid, then the next is shown under another payment id', async () => {
    const first = await makeCode(hub, 'AMK', 'P400000004')
    const due = (await inquire(hub, 'AMK', 'P400000004')).json['data']?.['dueDate']
    await pay(hub, first)
    await becomes(hub, first.id, { status: 'completed' })
    await booksAgree(hub)
    const second = await makeCode(hub, 'AMK', 'P400000004')
    assert.notEqual(second.id, first.id)
    const next = (await inquire(hub, 'AMK', 'P400000004')).json['data']?.['dueDate']
    assert.ok(String(next) > String(due), `${String(next)} is after ${String(due)}`)
    await pay(hub, second)
    await becomes(hub, second.id, { status: 'completed' })
    await booksAgree(hub)
  })

  await t.test(
    '[E13] a bill that was paid at the insurer’s desk meanwhile: the money is held as already_paid',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await payElsewhere(hub, code.bill, 'desk')
      await pay(hub, code)
      await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['already_paid'] })
      assert.equal((await askKhqr(hub, 'AMK', code.bill)).status, 404)
      await booksAgree(hub)
    },
  )
})

test('while the policy system is down its last answer is shown, marked, and no code is made of it', async (t) => {
  const hub = await startBadDays(t, { HUB_LOOKUP_MINUTES: '0' })
  const bill = await hub.bill()
  const before = await inquire(hub, 'AMK', bill)
  assert.equal(before.json['data']?.['stale'], undefined)
  await during(hub, ['DLIS', 'lookup', '500'], async () => {
    const shown = await inquire(hub, 'AMK', bill)
    assert.equal(shown.status, 200, shown.text)
    assert.equal(shown.json['data']?.['stale'], true)
    assert.equal(shown.json['data']?.['id'], before.json['data']?.['id'])
    assert.equal((await askKhqr(hub, 'AMK', bill)).status, 503)
  })
  await booksAgree(hub)
})
