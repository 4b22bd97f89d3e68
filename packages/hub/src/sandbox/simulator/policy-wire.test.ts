import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { call, type Said, sampleConfig, spawnSimulator, temporaryFolder, type TestSimulator } from './test-process.ts'

describe('the policy systems', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let simulator: TestSimulator
  let url = ''
  before(async () => {
    folder = await temporaryFolder()
    simulator = await spawnSimulator(sampleConfig(folder.path, 'http://127.0.0.1:9'))
    url = simulator.url
  })
  after(async () => {
    await simulator.stop()
    await folder.remove()
  })

  const dlis = (method: string, path: string, body?: unknown) =>
    call(method, `${url}/dlis/api/v1${path}`, body, { 'x-api-key': 'sample-api-key' })
  const ingenium = (method: string, path: string, body?: unknown) =>
    call(method, `${url}/ingenium${path}`, body, { authorization: 'Bearer sample-token' })
  const credits = async (system: string) => {
    const { json } = await call('GET', `${url}/_simulator/journal`)
    return (json['policySystems'] as Record<string, { credits: Record<string, string>[] }>)[system]?.credits ?? []
  }
  type Policy = { payerName: string; premium: { amount: string; currency: string; dueDate: string } | null }
  const policyOf = (said: Said) => said.json['policy'] as Policy

  it('has the sample policies in DLIS', async () => {
    const first = await dlis('GET', '/policies/P123456789')
    assert.equal(first.status, 200)
    assert.deepEqual([policyOf(first).premium?.amount, policyOf(first).premium?.currency], ['150.00', 'USD'])
    const khmer = policyOf(await dlis('GET', '/policies/P200000002'))
    assert.deepEqual([khmer.premium?.amount, khmer.premium?.currency], ['600000', 'KHR'])
    assert.match(khmer.payerName, /^[\u1780-\u17ff ]+$/)
    assert.equal(policyOf(await dlis('GET', '/policies/P300000003')).premium, null)
    assert.equal(policyOf(await dlis('GET', '/policies/P400000004')).premium?.amount, '75.25')
    for (const unknown of ['P500000005', 'A10000001', 'P999999999']) {
      assert.equal((await dlis('GET', `/policies/${unknown}`)).status, 404)
    }
    assert.equal((await dlis('GET', '/policies/P700000007')).status, 500)
  })

  it('counts due dates from today, and in Phnom Penh', async () => {
    const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)
    const { premium } = policyOf(await dlis('GET', '/policies/P123456789'))
    assert.match(premium?.dueDate ?? '', /^\d{4}-\d\d-\d\d$/)
    assert.ok((premium?.dueDate ?? '') > today)
  })

  it('answers slowly about one policy, and everybody else meanwhile', async () => {
    const order: string[] = []
    const slow = dlis('GET', '/policies/P600000006').then((said) =>
      order.push(`slow ${policyOf(said).premium?.amount}`),
    )
    const quick = dlis('GET', '/policies/P123456789').then(() => order.push('quick'))
    await Promise.all([slow, quick])
    assert.deepEqual(order, ['quick', 'slow 12.00'])
  })

  it('has the sample contracts in Ingenium, with amounts as exact numbers', async () => {
    const application = await ingenium('GET', '/inquiry?contractNo=A10000001')
    assert.match(application.text, /"billing":\{"due":320\.00,"ccy":"USD","dueOn":"\d{4}-\d\d-\d\d"\}/)
    assert.match((await ingenium('GET', '/inquiry?contractNo=P500000005')).text, /"due":42\.00/)
    assert.equal((await ingenium('GET', '/inquiry?contractNo=P123456789')).status, 404)
    assert.equal((await ingenium('GET', '/inquiry')).status, 404)
  })

  it('lets nobody in without its key', async () => {
    assert.equal((await call('GET', `${url}/dlis/api/v1/policies/P123456789`)).status, 401)
    assert.equal((await call('GET', `${url}/dlis/api/v1/policies/P1`, undefined, { 'x-api-key': 'x' })).status, 401)
    assert.equal((await call('GET', `${url}/ingenium/inquiry?contractNo=A10000001`)).status, 401)
  })

  it('DLIS credits once for one external id, refuses other content under it, and shows the next instalment', async () => {
    const before = policyOf(await dlis('GET', '/policies/P400000004')).premium
    const credit = {
      externalId: '150001',
      policyNumber: 'P400000004',
      amount: '75.25',
      currency: 'USD',
      dueDate: before?.dueDate,
      paidAt: '2026-01-07T05:00:00Z',
      channel: 'AMK',
      transactionId: '17000000000000001',
    }
    assert.equal((await dlis('GET', '/credits/150001')).status, 404)
    const first = await dlis('POST', '/credits', credit)
    const again = await dlis('POST', '/credits', credit)
    assert.deepEqual([first.status, again.status], [201, 200])
    assert.equal(again.json['creditId'], first.json['creditId'])
    assert.equal((await dlis('POST', '/credits', { ...credit, amount: '75.26' })).status, 409)
    assert.equal((await dlis('GET', '/credits/150001')).json['creditId'], first.json['creditId'])
    assert.deepEqual(await credits('DLIS'), [
      { paymentId: '150001', policyNumber: 'P400000004', amount: '75.25', currency: 'USD' },
    ])
    const next = policyOf(await dlis('GET', '/policies/P400000004')).premium
    assert.equal(next?.amount, '75.25')
    assert.ok((next?.dueDate ?? '') > (before?.dueDate ?? ''))
    await dlis('POST', '/credits', { ...credit, externalId: '150002', dueDate: next?.dueDate })
    assert.equal(policyOf(await dlis('GET', '/policies/P400000004')).premium, null)
  })

  it('DLIS names the field that it cannot read', async () => {
    const good = {
      externalId: 'x',
      policyNumber: 'P123456789',
      amount: '1.00',
      currency: 'USD',
      dueDate: '2026-01-01',
      paidAt: '2026-01-07T05:00:00Z',
      channel: 'AMK',
      transactionId: '1',
    }
    const bad: Record<string, unknown> = { ...good, amount: 1, currency: 'THB', dueDate: '01/01/2026', paidAt: 'now' }
    for (const field of Object.keys(good)) {
      const value = bad[field] === good[field as keyof typeof good] ? '' : bad[field]
      const said = await dlis('POST', '/credits', { ...good, [field]: value })
      assert.deepEqual([said.status, said.json['field']], [400, field])
    }
    assert.equal((await dlis('POST', '/credits', { ...good, policyNumber: 'P999999999' })).status, 404)
  })

  it('Ingenium credits twice for one reference, and lists both when asked', async () => {
    const receipt = {
      contractNo: 'A10000001',
      amount: 320,
      ccy: 'USD',
      reference: '150003',
      dueOn: '2026-01-01',
      paidOn: '2026-01-07',
    }
    assert.deepEqual((await ingenium('GET', '/premium-receipts?reference=150003')).json, { receipts: [] })
    const first = await ingenium('POST', '/premium-receipts', receipt)
    const second = await ingenium('POST', '/premium-receipts', receipt)
    assert.deepEqual([first.status, second.status], [201, 201])
    assert.notEqual(first.json['receiptNo'], second.json['receiptNo'])
    const found = await ingenium('GET', '/premium-receipts?reference=150003')
    assert.equal((found.json['receipts'] as unknown[]).length, 2)
    assert.match(found.text, /"amount":320\.00/)
    assert.equal((await credits('INGENIUM')).length, 2)
    assert.match((await ingenium('GET', '/inquiry?contractNo=A10000001')).text, /"billing":null/)
    assert.equal((await ingenium('POST', '/premium-receipts', { ...receipt, amount: 1.005 })).status, 400)
  })

  it('takes a credit note for what was credited, once in DLIS and each time in Ingenium, and lists it', async () => {
    const notes = async (system: string) => {
      const { json } = await call('GET', `${url}/_simulator/journal`)
      return (json['policySystems'] as Record<string, { creditNotes: Record<string, string>[] }>)[system]?.creditNotes
    }
    // Both payments were credited above.
    const note = {
      externalId: 'rfd_1',
      creditExternalId: '150001',
      policyNumber: 'P400000004',
      amount: '75.25',
      currency: 'USD',
      reason: 'paid twice',
      refundedAt: '2026-01-08T05:00:00Z',
    }
    assert.equal((await dlis('GET', '/credit-notes/rfd_1')).status, 404)
    const first = await dlis('POST', '/credit-notes', note)
    const again = await dlis('POST', '/credit-notes', note)
    assert.deepEqual([first.status, again.status], [201, 200])
    assert.equal(again.json['creditNoteId'], first.json['creditNoteId'])
    assert.equal((await dlis('GET', '/credit-notes/rfd_1')).json['creditNoteId'], first.json['creditNoteId'])
    assert.equal((await dlis('POST', '/credit-notes', { ...note, amount: '1.00' })).status, 409)
    const unknown = await dlis('POST', '/credit-notes', { ...note, externalId: 'rfd_2', creditExternalId: '9' })
    assert.deepEqual([unknown.status, unknown.json['error']], [404, 'CREDIT_NOT_FOUND'])
    assert.equal((await dlis('POST', '/credit-notes', { ...note, reason: '' })).json['field'], 'reason')
    const shown = {
      refundId: 'rfd_1',
      paymentId: '150001',
      policyNumber: 'P400000004',
      amount: '75.25',
      currency: 'USD',
    }
    assert.deepEqual(await notes('DLIS'), [shown])
    // Whether a premium that was paid back is owed again is for the policy system to say.
    assert.equal(policyOf(await dlis('GET', '/policies/P400000004')).premium, null)

    const reversal = {
      contractNo: 'A10000001',
      amount: 320,
      ccy: 'USD',
      reference: 'rfd_3',
      receiptReference: '150003',
      reason: 'paid twice',
      reversedOn: '2026-01-08T05:00:00Z',
    }
    assert.deepEqual((await ingenium('GET', '/receipt-reversals?reference=rfd_3')).json, { reversals: [] })
    for (const _ of [1, 2]) assert.equal((await ingenium('POST', '/receipt-reversals', reversal)).status, 201)
    const found = await ingenium('GET', '/receipt-reversals?reference=rfd_3')
    assert.equal((found.json['reversals'] as unknown[]).length, 2)
    assert.equal((await notes('INGENIUM'))?.length, 2)
    const never = await ingenium('POST', '/receipt-reversals', { ...reversal, receiptReference: '9' })
    assert.equal(never.status, 404)
    assert.equal((await ingenium('POST', '/receipt-reversals', { ...reversal, amount: 1.005 })).status, 400)
  })

  it('makes new bills, in either system and currency', async () => {
    const bills = (body: unknown) => call('POST', `${url}/_simulator/bills`, body)
    const made = (await bills({ count: 64 })).json['numbers'] as string[]
    assert.equal(new Set(made).size, 64)
    assert.match(made[0] ?? '', /^P\d{9}$/)
    assert.equal(policyOf(await dlis('GET', `/policies/${made[63]}`)).premium?.currency, 'USD')
    const [application] = (await bills({ count: 1, system: 'Ingenium', amount: 4000, currency: 'KHR' })).json[
      'numbers'
    ] as string[]
    assert.match(application ?? '', /^A\d{8}$/)
    assert.match((await ingenium('GET', `/inquiry?contractNo=${application}`)).text, /"due":4000,"ccy":"KHR"/)
    for (const body of [
      { count: 0 },
      { count: 'x' },
      { system: 'SAP' },
      { amount: '1.001' },
      { currency: 'THB' },
      { n: 1 },
    ]) {
      const said = await bills(body)
      assert.equal(said.status, 400)
      assert.equal((said.json['error'] as { field: string }).field, Object.keys(body)[0])
    }
  })
})
