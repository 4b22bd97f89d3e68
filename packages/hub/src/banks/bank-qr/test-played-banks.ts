import assert from 'node:assert/strict'
import { noKeeping } from '../../../test/support/no-keeping.ts'
import { systemClock } from '../../kit/clock.ts'
import { createHttpClient } from '../../kit/http-client.ts'
import { createLog } from '../../kit/log.ts'
import { createMetrics } from '../../kit/metrics.ts'
import { isCurrency, parseAmount } from '../../money/money.ts'
import {
  call,
  listenAsGateway,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
} from '../../sandbox/simulator/test-process.ts'
import type { BankControl, BankUnderTest } from '../conformance-world.ts'
import { createBank } from '../registry.ts'
import type { BankQrSimulatorSettings } from './simulator/settings.ts'

/** For tests: banks of this shape, played over real HTTP, as the suite that every bank passes sees them. */
export type PlayedBanks = {
  /** Where they are played. */
  readonly url: string
  /** `raw`: the connector's settings of this bank, as configured. */
  underTest(code: string, raw: unknown): BankUnderTest
  close(): Promise<void>
}

type World = {
  readonly gateway: Awaited<ReturnType<typeof listenAsGateway>>
  readonly controlUrl: string
  /** What our gateway answers to an inquiry. */
  bill: object
}

export async function playBanks(banks: Readonly<Record<string, BankQrSimulatorSettings>>): Promise<PlayedBanks> {
  const gateway = await listenAsGateway((told) => ({
    status: 200,
    body: told.method === 'GET' ? { success: true, data: world.bill } : {},
  }))
  const folder = await temporaryFolder()
  const simulator = await spawnSimulator(sampleConfig(folder.path, gateway.url, { banks }))
  const http = createHttpClient(systemClock)
  const log = createLog({ level: 'silent', pretty: false })
  const world: World = { gateway, controlUrl: `${simulator.url}/_simulator`, bill: {} }
  let lastReference = 150_000
  return {
    url: simulator.url,
    underTest(code, raw) {
      const settings = banks[code]
      assert.ok(settings)
      const tools = () => ({ http, clock: systemClock, metrics: createMetrics(), log, sandbox: true })
      const make = () => createBank(code, { kind: 'bank-qr', raw }, tools(), noKeeping)
      return {
        makeBank: () => make().bank,
        accounts: make().accounts.map((one, index) => ({ ...one, id: index + 1, bankCode: code, active: true })),
        control: controlOf(code, settings, world),
        newReference: () => String((lastReference += 1)),
        secrets: [settings.password, settings.secretKey],
      }
    },
    async close() {
      await simulator.stop()
      await Promise.all([http.close(), gateway.close(), folder.remove()])
    },
  }
}

function controlOf(code: string, settings: BankQrSimulatorSettings, world: World): BankControl {
  const { gateway, controlUrl } = world
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
      world.bill = {
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
