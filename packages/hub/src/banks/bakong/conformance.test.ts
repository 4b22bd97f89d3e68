import assert from 'node:assert/strict'
import { after, afterEach, describe, test } from 'node:test'
import { systemClock } from '../../kit/clock.ts'
import { createHttpClient } from '../../kit/http-client.ts'
import { createLog } from '../../kit/log.ts'
import { createMetrics } from '../../kit/metrics.ts'
import { isCurrency, parseAmount } from '../../money/money.ts'
import {
  call,
  sampleBakong,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
} from '../../sandbox/simulator/test-process.ts'
import { conformance } from '../conformance.ts'
import type { BankControl, BankUnderTest } from '../conformance-world.ts'
import { createBank } from '../registry.ts'
import { signToken } from './simulator/tokens.ts'
import { keepInMemory } from './test-keeping.ts'

const folder = await temporaryFolder()
const simulator = await spawnSimulator(
  sampleConfig(folder.path, 'http://127.0.0.1:1', { bakong: { BAKONG: sampleBakong } }),
)
const http = createHttpClient(systemClock)
after(async () => {
  await simulator.stop()
  await Promise.all([http.close(), folder.remove()])
})

const controlUrl = `${simulator.url}/_simulator`
const [firstAccount] = sampleBakong.accounts
const accountId = firstAccount?.accountId ?? ''
/** Fewer than the bank allows: what a claim spends must end by our count, and by the bank's only where it plays that. */
const allowed = { perDay: 20, reserve: 5 }

/** The suite's names of operations in the simulator's. */
const operations: Readonly<Record<string, string>> = {
  qr: 'deeplink',
  verify: 'check-md5',
  'verify-list': 'check-md5-list',
  health: 'check-md5',
}

const control: BankControl = {
  async pay({ reference: _reference, qr, ...order }) {
    const { transactions } = await post('/pay', { bank: 'BAKONG', qr, ...order })
    return (transactions as { transactionId: string; amount: string; currency: string }[]).map((one) => {
      assert.ok(isCurrency(one.currency))
      const amount = { amountMinor: parseAmount(one.amount, one.currency), currency: one.currency }
      return { bankTransactionId: one.transactionId, amount }
    })
  },
  payBill: () => Promise.reject(new Error('Bakong takes no bills')),
  async fault(operation, fault, value) {
    await post('/faults', { target: 'BAKONG', operation: operations[operation], fault, value })
  },
  async clearFaults() {
    await call('DELETE', `${controlUrl}/faults`)
  },
  async counted() {
    const { json } = await call('GET', `${controlUrl}/bakong/quota`)
    return (json['tokens'] as { spent: number }[]).reduce((sum, { spent }) => sum + spent, 0)
  },
  told: () => Promise.reject(new Error('Bakong tells nobody')),
}

const kinds: Readonly<Record<string, object>> = {
  'an individual': {},
  'a merchant': { 'merchant-id': 'M-0001', 'acquiring-bank': 'Sample Bank' },
}
for (const [kind, settings] of Object.entries(kinds)) {
  const world = underTest(settings)
  describe(`BAKONG, where we are ${kind},`, () => {
    afterEach(() => world.control.clearFaults())
    for (const claim of conformance) {
      if (claim.holdsFor && !claim.holdsFor(world.makeBank(), world)) continue
      test(claim.says, () => claim.check(world.makeBank(), world))
    }
  })
}

function underTest(settings: object): BankUnderTest {
  const log = createLog({ level: 'silent', pretty: false })
  const raw = {
    'base-url': simulator.url + sampleBakong.basePath,
    'account-id': accountId,
    'merchant-name': 'Sample Shop',
    email: sampleBakong.email,
    ...settings,
  }
  // A token of its own, because the bank counts by token.
  const make = () =>
    createBank(
      'BAKONG',
      { raw },
      { http, clock: systemClock, metrics: createMetrics(), log, sandbox: true },
      keepInMemory({ ...allowed, token: signToken(sampleBakong.tokenSecret, Date.now()) }),
    )
  let lastReference = 150_000
  return {
    makeBank: () => make().bank,
    accounts: make().accounts.map((account, at) => ({ ...account, id: at + 1, bankCode: 'BAKONG', active: true })),
    control,
    newReference: () => String((lastReference += 1)),
    secrets: [sampleBakong.email, sampleBakong.tokenSecret, 'eyJ'],
  }
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const said = await call('POST', controlUrl + path, body)
  assert.equal(said.status, 200, said.text)
  return said.json
}
