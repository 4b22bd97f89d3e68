import assert from 'node:assert/strict'
import { after, afterEach, describe, test } from 'node:test'
import { systemClock } from '../../kit/clock.ts'
import { createHttpClient } from '../../kit/http-client.ts'
import { createLog } from '../../kit/log.ts'
import { createMetrics } from '../../kit/metrics.ts'
import { isCurrency, parseAmount } from '../../money/money.ts'
import {
  call,
  listenAsGateway,
  otherBank,
  sampleBank,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
} from '../../sandbox/simulator/test-process.ts'
import { conformance } from '../conformance.ts'
import type { BankControl, BankUnderTest } from '../conformance-world.ts'
import { noKeeping } from '../../../test/support/no-keeping.ts'
import { createBank } from '../registry.ts'
import type { BankQrSimulatorSettings } from './simulator/settings.ts'

/** Four banks of one shape, so that no setting of the kind has only one value that works. */
const banks: Readonly<Record<string, BankQrSimulatorSettings>> = {
  AMK: sampleBank,
  BANK01: otherBank,
  BANK02: {
    ...otherBank,
    basePath: '/bank02',
    qrForm: 'data-uri',
    verifyForm: 'bare',
    refunds: 'full',
    signature: { order: 'wire', join: '|', key: 'text', output: 'hex', timestamp: 'ms' },
    webhookPath: '/BANK02/khqr',
    paymentsPath: '/BANK02/payments',
  },
  BANK03: {
    ...sampleBank,
    basePath: '/bank03',
    qrForm: 'khqr',
    hasVerify: false,
    webhookPath: '/BANK03/khqr',
    paymentsPath: '/BANK03/payments',
  },
}

let bill: object = {}
const gateway = await listenAsGateway((told) => ({
  status: 200,
  body: told.method === 'GET' ? { success: true, data: bill } : {},
}))
const folder = await temporaryFolder()
const simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url, { banks }))
const http = createHttpClient(systemClock)
after(async () => {
  await simulator.stop()
  await Promise.all([http.close(), gateway.close(), folder.remove()])
})

let lastReference = 150_000
const controlUrl = `${simulator.url}/_simulator`

for (const [code, settings] of Object.entries(banks)) {
  const world = underTest(code, settings)
  describe(`${code}, a bank of the kind bank-qr,`, () => {
    afterEach(() => world.control.clearFaults())
    for (const claim of conformance) {
      if (claim.holdsFor && !claim.holdsFor(world.makeBank())) continue
      test(claim.says, () => claim.check(world.makeBank(), world))
    }
  })
}

function underTest(code: string, settings: BankQrSimulatorSettings): BankUnderTest {
  const log = createLog({ level: 'silent', pretty: false })
  const make = () =>
    createBank(
      code,
      { kind: 'bank-qr', raw: rawSettings(settings) },
      { http, clock: systemClock, metrics: createMetrics(), log, sandbox: true },
      noKeeping,
    )
  return {
    makeBank: () => make().bank,
    accounts: make().accounts.map((account, index) => ({ ...account, id: index + 1, bankCode: code, active: true })),
    control: controlOf(code, settings),
    newReference: () => String((lastReference += 1)),
    secrets: [settings.password, settings.secretKey],
  }
}

/** The hub's side of what the simulator is configured with. */
function rawSettings(settings: BankQrSimulatorSettings): object {
  const base = simulator.url + settings.basePath
  const [account] = settings.accounts
  assert.ok(account)
  return {
    base_url: base,
    ...(settings.hasVerify
      ? { 'verify-payment-url': `${base}/amkpayway/v1/api/payment/payment-verify`, 'secret-key': settings.secretKey }
      : {}),
    'merchant-id': account.merchantId,
    'store-id': account.storeId,
    'terminal-id': account.terminalId,
    currency: settings.accounts.map((one) => one.currency),
    'payee-account': account.payeeAccount,
    ...(account.payeeMerchantId === undefined ? {} : { 'payee-merchant-id': account.payeeMerchantId }),
    auth: {
      endpoint: settings.login.path,
      username: settings.username,
      password: settings.password,
      style: settings.login.style,
    },
    signature: { ...settings.signature, join: settings.signature.join === '' ? 'none' : settings.signature.join },
    'writes-reference': true,
    // Every simulated bank refunds once per id; one promises it, the other does not.
    ...(settings.refunds === 'none'
      ? {}
      : { refund: { path: '/refunds', mode: settings.refunds, idempotent: settings.refunds === 'full' } }),
  }
}

function controlOf(code: string, settings: BankQrSimulatorSettings): BankControl {
  const post = async (path: string, body: object) => {
    const said = await call('POST', controlUrl + path, body)
    assert.equal(said.status, 200, said.text)
    return said.json
  }
  const toldOf = (reference: string, kind: 'webhook' | 'confirmation') => {
    const path = kind === 'webhook' ? settings.webhookPath : settings.paymentsPath
    const name = kind === 'webhook' ? 'invoice_number' : 'id'
    return gateway.all.filter(
      (told) => told.method === 'POST' && told.path === path && idOf(told.body, name) === reference,
    )
  }
  return {
    async pay({ reference, qr: _qr, ...order }) {
      const { transactions } = await post('/pay', { bank: code, paymentId: reference, ...order })
      return (transactions as { transactionId: string; amount: string; currency: string }[]).map((one) => {
        assert.ok(isCurrency(one.currency))
        const amount = { amountMinor: parseAmount(one.amount, one.currency), currency: one.currency }
        return { bankTransactionId: one.transactionId, amount }
      })
    },
    async payBill({ paymentNumber, amount, currency }) {
      bill = {
        id: paymentNumber,
        policyNumber: 'P123456789',
        payer: 'Sok Dara',
        amount,
        currency,
        dueDate: '2026-02-15',
      }
      await post('/bill-payment', { bank: code, number: 'P123456789' })
    },
    async fault(operation, fault, value) {
      await post('/faults', { target: code, operation, fault, value })
    },
    async clearFaults() {
      await call('DELETE', `${controlUrl}/faults`)
    },
    async told(reference, kind, count) {
      while (toldOf(reference, kind).length < count) await gateway.heard(gateway.all.length + 1)
      return toldOf(reference, kind).map(({ body }) => ({ contentType: 'application/json', body: Buffer.from(body) }))
    },
  }
}

function idOf(body: string, name: string): string {
  return String((JSON.parse(body) as Record<string, unknown>)[name])
}
