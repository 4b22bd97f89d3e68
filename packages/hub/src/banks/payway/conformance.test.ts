import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { noKeeping } from '../../../test/support/no-keeping.ts'
import { systemClock } from '../../kit/clock.ts'
import { createHttpClient } from '../../kit/http-client.ts'
import { createLog } from '../../kit/log.ts'
import { createMetrics } from '../../kit/metrics.ts'
import { isCurrency, parseAmount } from '../../money/money.ts'
import { completeConfig } from '../../sandbox/simulator/config.ts'
import { startSimulator } from '../../sandbox/simulator/host.ts'
import {
  call,
  listenAsGateway,
  sampleConfig,
  temporaryFolder,
  type Told,
} from '../../sandbox/simulator/test-process.ts'
import { rsaPublicKey, samplePayway } from '../../sandbox/simulator/test-payway-requests.ts'
import { conformance } from '../conformance.ts'
import { askFor, call as context, keepsNoSecret, lies, showCode } from '../conformance-world.ts'
import type { BankControl, BankUnderTest, Ways } from '../conformance-world.ts'
import { createBank } from '../registry.ts'

const code = 'ABA'
const callbackPart = 'made-up-part-of-a-path'
const http = createHttpClient(systemClock)
const log = createLog({ level: 'silent', pretty: false })
after(() => http.close())
/** The played bank counts for itself. */
const keeping = { ...noKeeping, rates: { take: () => Promise.resolve(true) } }

/** Detail is asked about what was paid; the list of refunds has no ids; a key that ended is refused with HTTP 403. */
const ways: Partial<Ways> = {
  overLimit: 'quota',
  wrongSecretOfRead: 'auth_refused',
  renewed: [403, 200],
  callsOfPaidLook: 2,
  listedOfThree: 3,
  namesRefunds: false,
  strangeRefund: 'refused',
  hasPendingRefunds: false,
}

/** The suite's names of operations and faults in the simulator's. A signature is right or wrong with every call. */
const operations: Readonly<Record<string, string>> = {
  login: '*',
  qr: 'generate-qr',
  verify: 'check',
  'refund-totals': 'check',
  health: 'check',
}
const faults: Readonly<Record<string, readonly [fault: string, value?: string]>> = {
  'wrong-secret': ['wrong-hash'],
  'expired-token': ['key-expired'],
  rejected: ['code', 'PTL57'],
}

let lastReference = 150_000

const example = createBank(
  code,
  { raw: rawSettings('http://127.0.0.1:1', 'http://127.0.0.1:1') },
  { http, clock: systemClock, metrics: createMetrics(), log, sandbox: true },
  keeping,
)

describe('ABA, a bank of the kind payway,', () => {
  for (const claim of conformance) {
    if (claim.holdsFor && !claim.holdsFor(example.bank, { ways } as BankUnderTest)) continue
    test(claim.says, async (t) => {
      const world = await playPayway()
      t.after(() => world.close())
      await claim.check(world.makeBank(), world)
    })
  }
})

test('the code of every method of orders that shows one is true, and is found when it was paid', async (t) => {
  const world = await playPayway()
  t.after(() => world.close())
  const bank = world.makeBank()
  const customer = { firstName: 'ដារ៉ា', lastName: 'Sok', email: 'dara@shop.example', phone: '012345678' }
  const items = [{ name: 'សៀវភៅ', quantity: 1, price: '150.05' }]
  const shown = (bank.methods ?? []).filter((one) => one.shows === 'code').map((one) => one.code)
  assert.deepEqual(shown, ['abapay_khqr_deeplink', 'bakong'])
  for (const method of shown) {
    const asked = { ...askFor(world), purchase: { method, customer, items, backTo: undefined } }
    const answer = await bank.createQr(asked, context)
    assert.deepEqual(lies(bank, answer, asked), [])
    assert.match(answer.deeplink ?? '', /^abamobilebank:/)
    keepsNoSecret(answer.exchanges, world)
    const [paid] = await world.control.pay({ reference: asked.reference, qr: answer.qrString })
    const { state, movements } = await bank.verify({ ...asked, unshown: [asked.reference] }, context)
    assert.deepEqual(
      [state, movements[0]?.amount, movements[0]?.bankTransactionId],
      ['paid', paid?.amount, asked.reference],
    )
  }
})

test('a code that was closed and paid all the same is found, and a close after that says that it was paid', async (t) => {
  const world = await playPayway()
  t.after(() => world.close())
  const bank = world.makeBank()
  const asked = await showCode(bank, askFor(world))
  assert.ok(bank.cancel)
  assert.equal((await bank.cancel(asked, context)).state, 'closed')
  assert.equal((await bank.verify(asked, context)).state, 'unpaid')
  const anyway = { reference: asked.reference, force: true }
  await world.control.pay(anyway)
  assert.equal((await bank.verify(asked, context)).state, 'paid')
  assert.equal((await bank.cancel(asked, context)).state, 'paid')
})

/** One for each claim: what one asked in a minute is not what another may ask. */
async function playPayway(): Promise<BankUnderTest & { close(): Promise<void> }> {
  const folder = await temporaryFolder()
  const gateway = await listenAsGateway(() => ({ status: 200 }))
  const host = await startSimulator(
    completeConfig(sampleConfig(folder.path, gateway.url, { banks: {}, payway: { [code]: samplePayway } })),
  )
  const url = `http://127.0.0.1:${host.port}`
  const make = () => {
    const tools = { http, clock: systemClock, metrics: createMetrics(), log, sandbox: true }
    return createBank(code, { raw: rawSettings(url, gateway.url) }, tools, keeping)
  }
  return {
    makeBank: () => make().bank,
    accounts: make().accounts.map((one, at) => ({ ...one, id: at + 1, bankCode: code, active: true })),
    control: controlOf(`${url}/_simulator`, gateway),
    newReference: () => `${(lastReference += 1)}-a1b2c3`,
    secrets: [
      samplePayway.apiKey,
      samplePayway.nextApiKey ?? '',
      callbackPart,
      Buffer.from(callbackPart).toString('base64').slice(4, 20),
    ],
    ways,
    async close() {
      await host.close()
      await Promise.all([gateway.close(), folder.remove()])
    },
  }
}

function rawSettings(url: string, gatewayUrl: string): object {
  return {
    'base-url': `${url}/payway`,
    'merchant-id': samplePayway.merchantId,
    'api-key': samplePayway.apiKey,
    'api-key-next': samplePayway.nextApiKey,
    'payee-account': samplePayway.payeeAccount,
    'payee-merchant-id': samplePayway.payeeMerchantId,
    'callback-account': callbackPart,
    'callback-origin': gatewayUrl,
    'rsa-public-key': rsaPublicKey,
  }
}

function controlOf(controlUrl: string, gateway: Awaited<ReturnType<typeof listenAsGateway>>): BankControl {
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const said = await call('POST', controlUrl + path, body)
    assert.equal(said.status, 200, said.text)
    return said.json
  }
  const callsAbout = (reference: string): Told[] => gateway.all.filter(({ body }) => body.includes(`"${reference}"`))
  return {
    async pay({ reference, qr: _qr, ...order }) {
      const { transactions } = await post('/pay', { bank: code, paymentId: reference, ...order })
      return (transactions as { transactionId: string; amount: string; currency: string }[]).map((one) => {
        assert.ok(isCurrency(one.currency))
        const amount = { amountMinor: parseAmount(one.amount, one.currency), currency: one.currency }
        return { bankTransactionId: one.transactionId, amount }
      })
    },
    payBill: () => Promise.reject(new Error('PayWay takes no bills')),
    async fault(operation, fault, value) {
      const [kind, its] = faults[fault] ?? [fault]
      const body = { target: code, operation: operations[operation] ?? operation, fault: kind, value: value ?? its }
      await post('/faults', body)
    },
    async clearFaults() {
      await call('DELETE', `${controlUrl}/faults`)
    },
    told: () => Promise.reject(new Error('PayWay calls back')),
    async called(reference, count) {
      while (callsAbout(reference).length < count) await gateway.heard(gateway.all.length + 1)
      return callsAbout(reference).map(({ body, headers }) => {
        const given = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? undefined : value])
        const contentType = headers['content-type']
        return { contentType, body: Buffer.from(body), headers: Object.fromEntries(given), receivedAt: new Date() }
      })
    },
  }
}
