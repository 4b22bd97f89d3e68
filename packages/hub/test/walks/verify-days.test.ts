import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askAgainNow, becomes, clearFaults, inboxOf, makeCode, notice, pay, setFault } from '../support/bad-day.ts'
import { patiently, setVerify, startBadDays } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'

type BadDay = {
  readonly title: string
  /** What the simulator is told with the payment, and what fault verify has meanwhile. */
  readonly verify?: string
  readonly fault?: string
  readonly status: number
  readonly code: string
}

// One bank a day where many calls fail, so that no breaker opens.
const days: readonly (BadDay & { bank: string })[] = [
  { bank: 'AMK', title: '[E14] says unpaid', verify: 'unpaid', status: 503, code: 'SERVER_UNAVAILABLE' },
  { bank: 'AMK', title: '[E15] is silent', verify: 'silent', status: 503, code: 'SERVER_UNAVAILABLE' },
  { bank: 'AMK', title: '[E15] answers garbage', verify: 'garbage', status: 502, code: 'PARTNER_RESPONSE_INVALID' },
  { bank: 'AMK', title: '[E15] answers html', fault: 'html', status: 502, code: 'PARTNER_RESPONSE_INVALID' },
  { bank: 'AMK', title: '[E15] answers half', fault: 'truncated', status: 502, code: 'PARTNER_RESPONSE_INVALID' },
  { bank: 'AMK', title: '[E15] answers 500', fault: '500', status: 502, code: 'TRANSACTION_VERIFY_FAILED' },
  { bank: 'BANK01', title: '[E15] answers 429', fault: 'quota', status: 502, code: 'TRANSACTION_VERIFY_FAILED' },
  {
    bank: 'BANK01',
    title: '[E15] refuses our hash',
    fault: 'wrong-secret',
    status: 502,
    code: 'TRANSACTION_VERIFY_FAILED',
  },
  { bank: 'BANK01', title: '[E15] hangs up', fault: 'cut', status: 503, code: 'SERVER_UNAVAILABLE' },
]

test('bad days of verify', async (t) => {
  const hub = await startBadDays(t)
  t.afterEach(() => clearFaults(hub))

  for (const { bank, title, verify, fault, status, code } of days) {
    await t.test(
      `verify ${title}: ${status} ${code}, kept, asked again until it is proved, credited once`,
      async () => {
        const made = await makeCode(hub, bank)
        if (fault) await setFault(hub, bank, 'verify', fault)
        await pay(hub, made, { webhook: 'drop', ...(verify ? { verify } : {}) })
        const told = await notice(hub, made)
        assert.equal(told.status, status, told.text)
        assert.equal(told.json['error']?.['code'], code)
        assert.ok(Number(told.headers.get('retry-after')) > 0, 'says when to come back')
        await becomes(hub, made.id, { status: 'processing', applied: 0 })
        assert.deepEqual(await inboxOf(hub, made.id), [{ outcome: 'waiting', answer: status, tries: 1 }])
        // The job asks again, and learns nothing new.
        await askAgainNow(hub)
        await patiently('the job to ask', async () => ((await inboxOf(hub, made.id))[0]?.tries ?? 0) >= 2)
        await becomes(hub, made.id, { status: 'processing', applied: 0 })
        await clearFaults(hub)
        await setVerify(hub, made, 'paid')
        await askAgainNow(hub)
        await becomes(hub, made.id, {})
        assert.deepEqual(
          (await inboxOf(hub, made.id)).map((one) => one.outcome),
          ['applied'],
        )
        await booksAgree(hub)
      },
    )
  }

  await t.test('[E14] verify that says unpaid at first is asked again within the call: 200', async () => {
    await setFault(hub, 'AMK', 'verify', 'unpaid-first', 2)
    const made = await makeCode(hub, 'AMK')
    await pay(hub, made, { webhook: 'drop' })
    const told = await notice(hub, made)
    assert.equal(told.status, 200, told.text)
    await becomes(hub, made.id, {})
    await booksAgree(hub)
  })

  await t.test('[E25] verify that lists another amount than the notice: 400, held, a case', async () => {
    const made = await makeCode(hub, 'AMK')
    await pay(hub, made, { webhook: 'drop', verify: 'wrong-amount' })
    const told = await notice(hub, made)
    assert.equal(told.status, 400, told.text)
    assert.equal(told.json['error']?.['code'], 'PAYMENT_VERIFICATION_DATA_MISMATCHED')
    await becomes(hub, made.id, { status: 'processing', applied: 0, held: ['overpaid'], cases: ['notice_differs'] })
    await booksAgree(hub)
  })
})
