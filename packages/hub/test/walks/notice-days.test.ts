import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { answers, askAgainNow, asked, bankTime, bankToken, becomes, clearFaults } from '../support/bad-day.ts'
import { during, inboxOf, makeCode, merchants, minutesPass, notice, pay, standing } from '../support/bad-day.ts'
import { patiently, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { makeStrangerCode } from '../support/stranger-code.ts'
import { testEnvironment } from '../support/running-hub.ts'

test('bad days of notices', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  await t.test('[E02] told three times at once: applied once, answered 200 each time', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'duplicate' })
    assert.deepEqual(await answers(hub, code.id, 3), [200, 200, 200])
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test('[E02] the same notice again gets the same answer without asking anybody', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'drop' })
    const paid_datetime = bankTime(new Date())
    const first = await notice(hub, code, { paid_datetime })
    const calls = await asked(hub, code.id, 'verify')
    const again = await notice(hub, code, { paid_datetime, paid_amount: '25.00' })
    assert.deepEqual([first.status, again.status], [200, 200])
    assert.deepEqual(again.json['data'], first.json['data'])
    assert.equal(again.json['data']?.['transactionId'], `AMK_KHQR_${code.id}`)
    assert.equal(await asked(hub, code.id, 'verify'), calls)
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test(
    '[E14] forged: 503 with Retry-After, kept, asked again by the job, nothing credited; a case in the end',
    async () => {
      const code = await makeCode(hub, 'BANK01')
      const told = await notice(hub, code)
      assert.equal(told.status, 503, told.text)
      assert.ok(Number(told.headers.get('retry-after')) > 0)
      const calls = await asked(hub, code.id, 'verify')
      await askAgainNow(hub)
      await patiently('the job to ask', async () => (await asked(hub, code.id, 'verify')) > calls)
      await patiently('the message to wait again', async () => ((await inboxOf(hub, code.id))[0]?.tries ?? 0) >= 2)
      assert.equal((await inboxOf(hub, code.id))[0]?.outcome, 'waiting')
      await becomes(hub, code.id, { status: 'processing', applied: 0 })
      await minutesPass(hub, code.id, 16)
      await askAgainNow(hub)
      await becomes(hub, code.id, { status: 'processing', applied: 0, cases: ['unproved_notice'] })
      await booksAgree(hub)
    },
  )

  await t.test('[E14] forged by the simulator, then paid after all: applied once', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'forged' })
    assert.equal((await answers(hub, code.id))[0], 503)
    await pay(hub, code)
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test('[E10] an unknown invoice is 404 and kept; where the bank lists no money it is a case', async () => {
    const told = await notice(hub, { bank: 'AMK', id: 777_001 }, { merchant_number: 'whatever' })
    assert.equal(told.status, 404, told.text)
    assert.equal(told.json['error']?.['code'], 'RESOURCE_NOT_FOUND')
    assert.deepEqual(await inboxOf(hub, 777_001), [{ outcome: 'case', answer: 404, tries: 1 }])
    await booksAgree(hub)
  })

  await t.test('[E09] an unknown invoice for which the bank lists money: 404, and held in suspense once', async () => {
    await makeStrangerCode(hub, 'AMK', { billNumber: '777002', amount: 31, currency: 'USD' })
    await pay(hub, { bank: 'AMK', id: 777_002 }, { webhook: 'duplicate' })
    assert.deepEqual((await answers(hub, 777_002, 3)).slice(0, 3), [404, 404, 404])
    const { rows } = await hub.pool.query(
      `select s.reason from suspense s join receipts r on r.id = s.receipt_id where r.reference = '777002'`,
    )
    assert.deepEqual(rows, [{ reason: 'unknown_payment' }])
    await booksAgree(hub)
  })

  await t.test(
    '[E09] an unknown invoice while verify is down: 404, kept, and asked about again until it is known',
    async () => {
      await makeStrangerCode(hub, 'AMK', { billNumber: '777003', amount: 31, currency: 'USD' })
      await during(hub, ['AMK', 'verify', '500'], async () => {
        await pay(hub, { bank: 'AMK', id: 777_003 }, { webhook: 'drop' })
        assert.equal((await notice(hub, { bank: 'AMK', id: 777_003 })).status, 404)
        assert.equal((await inboxOf(hub, 777_003))[0]?.outcome, 'waiting')
      })
      await askAgainNow(hub)
      await patiently('the money to be held', async () => (await inboxOf(hub, 777_003))[0]?.outcome === 'suspense')
      await booksAgree(hub)
    },
  )

  await t.test(
    '[E31] another merchant_number: 400 MERCHANT_NOT_BIND, a row in the audit, and the true notice still counts',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code, { webhook: 'drop' })
      const told = await notice(hub, code, { merchant_number: merchants['BANK01'] })
      assert.equal(told.status, 400, told.text)
      assert.equal(told.json['error']?.['code'], 'MERCHANT_NOT_BIND')
      const { rows } = await hub.pool.query('select action from audit where reason like $1', [`%payment ${code.id} %`])
      assert.deepEqual(rows, [{ action: 'security.wrong_merchant' }])
      assert.equal((await standing(hub, code.id)).applied, 0)
      assert.equal((await notice(hub, code)).status, 200)
      await becomes(hub, code.id, {})
      await booksAgree(hub)
    },
  )

  for (const status of ['FAILED', 'PENDING', 'success-ish']) {
    await t.test(`[E32] a notice with status "${status}" is kept and fails nothing`, async () => {
      const code = await makeCode(hub, 'AMK')
      const told = await notice(hub, code, { status })
      assert.equal(told.status, 200, told.text)
      assert.notEqual(told.json['data']?.['status'], 'CONFIRMED')
      assert.deepEqual(await inboxOf(hub, code.id), [{ outcome: 'noted', answer: 200, tries: 1 }])
      assert.equal((await standing(hub, code.id)).status, 'processing')
      await pay(hub, code)
      await becomes(hub, code.id, {})
      await booksAgree(hub)
    })
  }

  for (const [title, more] of [
    ['another amount', { paid_amount: 26 }],
    ['another currency', { currency: 'KHR', paid_amount: 25 }],
  ] as const) {
    await t.test(
      `[E25] a notice of ${title} than the bank lists: 400, the bank’s movement is held, the notice a case`,
      async () => {
        const code = await makeCode(hub, 'AMK')
        await pay(hub, code, { webhook: 'drop' })
        const told = await notice(hub, code, more)
        assert.equal(told.status, 400, told.text)
        assert.equal(told.json['error']?.['code'], 'PAYMENT_VERIFICATION_DATA_MISMATCHED')
        const wanted = { status: 'processing', applied: 0, held: ['notice_disagrees'], cases: ['notice_differs'] }
        await becomes(hub, code.id, wanted)
        await booksAgree(hub)
      },
    )
  }

  await t.test(
    '[E05] two movements, each told: the second is held as duplicate_payment, both are answered 200',
    async () => {
      const code = await makeCode(hub, 'BANK01')
      await pay(hub, code, { times: 2 })
      await becomes(hub, code.id, { held: ['duplicate_payment'] })
      assert.deepEqual(await answers(hub, code.id, 2), [200, 200])
      await booksAgree(hub)
    },
  )

  await t.test('[E24] a second notice without a second movement is a case, answered 200', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code)
    await becomes(hub, code.id, {})
    const again = await notice(hub, code)
    assert.equal(again.status, 200, again.text)
    await becomes(hub, code.id, { cases: ['second_notice'] })
    await booksAgree(hub)
  })

  for (const { title, amounts, wanted } of [
    { title: 'the true one first', amounts: [25, 99], wanted: { cases: ['second_notice'] } },
    {
      title: 'the other one first',
      amounts: [99, 25],
      wanted: {
        status: 'processing',
        applied: 0,
        held: ['notice_disagrees'],
        cases: ['notice_differs', 'second_notice'],
      },
    },
  ]) {
    await t.test(
      `[E25] two different bodies for one movement, ${title}: one receipt, and a person is asked`,
      async () => {
        const code = await makeCode(hub, 'AMK')
        await pay(hub, code, { webhook: 'drop' })
        for (const paid_amount of amounts) await notice(hub, code, { paid_amount })
        await becomes(hub, code.id, wanted)
        await booksAgree(hub)
      },
    )
  }

  await t.test(
    '[E25] two different bodies for one movement at the same moment: one receipt, and a person is asked',
    async () => {
      const code = await makeCode(hub, 'AMK')
      await pay(hub, code, { webhook: 'drop' })
      await Promise.all([notice(hub, code), notice(hub, code, { paid_amount: 99 })])
      const { applied, held, cases } = await standing(hub, code.id)
      assert.equal(applied + held.length, 1)
      assert.ok(cases.length > 0)
      await booksAgree(hub)
    },
  )

  await t.test('[E29] a notice with bad fields but a good invoice is proved all the same', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'drop' })
    const told = await notice(hub, code, { paid_amount: 'many', paid_datetime: 'yesterday' })
    assert.equal(told.status, 200, told.text)
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test('[E31] a bearer that is not the bank’s: 401, and the bank’s next try is taken', async () => {
    const code = await makeCode(hub, 'BANK01')
    await during(hub, ['BANK01', 'webhook', 'wrong-secret'], async () => {
      await pay(hub, code)
      assert.deepEqual((await answers(hub, code.id)).slice(0, 1), [401])
    })
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test('[E29] html instead of a notice is 400 and kept; another bank’s token is 403', async () => {
    const headers = { 'content-type': 'application/json' }
    const html = await hub.gateway('POST', '/AMK/khqr', { token: bankToken(hub, 'AMK'), body: '<html>', headers })
    assert.equal(html.status, 400, html.text)
    const { rows } = await hub.pool.query(`select outcome from inbox where convert_from(body, 'UTF8') = '<html>'`)
    assert.deepEqual(rows, [{ outcome: 'refused' }])
    const other = await hub.gateway('POST', '/AMK/khqr', { token: bankToken(hub, 'BANK01'), json: {} })
    assert.equal(other.status, 403, other.text)
    await booksAgree(hub)
  })

  await t.test('[E41] told late: nothing before, applied once after', async () => {
    const code = await makeCode(hub, 'AMK')
    await pay(hub, code, { webhook: 'late:0.4' })
    assert.equal((await standing(hub, code.id)).applied, 0)
    await becomes(hub, code.id, {})
    await booksAgree(hub)
  })

  await t.test(
    '[E41] never told: `khqr-hub payment verify` finds it; the notice that comes at last changes nothing',
    async () => {
      const code = await makeCode(hub, 'BANK01')
      await pay(hub, code, { webhook: 'drop' })
      const { config } = hub.running
      const environment = testEnvironment(config.dataDir, config.databaseUrl ?? '', { PATH: process.env['PATH'] ?? '' })
      const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))
      const verify = [entry, 'payment', 'verify', String(code.id), '--json']
      const { stdout } = await promisify(execFile)(process.execPath, verify, { env: environment })
      assert.equal((JSON.parse(stdout) as { status: string }).status, 'completed')
      await becomes(hub, code.id, {})
      assert.equal((await notice(hub, code)).status, 200)
      await becomes(hub, code.id, {})
      await booksAgree(hub)
    },
  )
})
