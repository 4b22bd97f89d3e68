import type { Config } from '../config.ts'
import type { Samples, SampleOrder, Service } from '../http/home/samples.ts'
import { topupPath } from '../http/topup-start/topup-start.ts'
import { systemClock } from '../kit/clock.ts'
import { startPatience } from '../kit/deadline.ts'
import { createHttpClient } from '../kit/http-client.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { localUrl, type Ports } from './running-ports.ts'
import type { SampleWorld } from './sample-world.ts'

/** A played bank answers at once, or its simulator is gone. */
const patienceMs = 2_000

/** What the sandbox's home page offers: one sample of every way of paying. */
export function sampleHome(
  config: Config,
  ports: Ports,
  { phoneUrl }: SampleWorld,
): Samples & { close(): Promise<void> } {
  const simulator = localUrl(config, ports.simulator)
  const http = createHttpClient(systemClock)
  const ask = (method: 'GET' | 'POST', path: string, body?: string) =>
    http.send(
      { target: 'simulator', operation: path, method, url: simulator + path, body },
      { correlationId: newCorrelationId() },
      startPatience(systemClock, patienceMs),
    )
  return {
    phoneUrl,
    journalUrl: `${simulator}/_simulator/journal`,
    services: services(ports),
    premiums: [
      { number: 'P123456789', bank: 'AMK' },
      { number: 'P200000002', bank: 'BANK01' },
      { number: 'A10000001', bank: 'BANK02' },
      { number: 'P400000004', bank: 'AMK' },
    ],
    orders,
    topups: [
      { userId: 'dara', amount: { amountMinor: 1_000n, currency: 'USD' }, through: 'Bakong' },
      { userId: 'sophea', amount: { amountMinor: 40_000n, currency: 'KHR' }, through: 'Bakong' },
    ],
    topupPath: config.hasTopupPage ? topupPath : undefined,
    async newBill() {
      const { body } = await ask('POST', '/_simulator/bills', '{"count":1}')
      const { numbers } = JSON.parse(body.toString('utf8')) as { numbers: string[] }
      return { number: numbers[0] ?? '', bank: 'AMK' }
    },
    async isSimulatorUp() {
      try {
        return (await ask('GET', '/_simulator')).status === 200
      } catch (error) {
        if (error instanceof Trouble) return false
        throw error
      }
    },
    close: () => http.close(),
  }
}

const coffee = { name: 'Coffee beans, 1 kg', quantity: 2, price: '12.50' }

const orders: readonly SampleOrder[] = [
  {
    name: 'app',
    what: { en: 'Two bags of coffee', km: 'កាហ្វេពីរកញ្ចប់' },
    through: { en: 'ABA PayWay', km: 'ABA PayWay' },
    method: 'abapay_khqr_deeplink',
    total: { amountMinor: 2_500n, currency: 'USD' },
    items: [coffee],
  },
  {
    name: 'bakong',
    what: { en: 'A scarf', km: 'ក្រមាមួយ' },
    through: { en: 'Bakong', km: 'Bakong' },
    method: 'bakong',
    total: { amountMinor: 32_000n, currency: 'KHR' },
    items: [{ name: 'ក្រមា', quantity: 1, price: '32000' }],
  },
]

function services(ports: Ports): Service[] {
  return [
    {
      name: 'gateway',
      port: ports.gateway,
      does: { en: 'bills, banks, orders, wallets, and their pages', km: 'វិក្កយបត្រ ធនាគារ ការបញ្ជាទិញ កាបូបលុយ និងទំព័ររបស់វា' },
    },
    { name: 'khqr', port: ports.khqr, does: { en: 'codes', km: 'កូដ' } },
    { name: 'integration', port: ports.integration, does: { en: 'premiums', km: 'បុព្វលាភ' } },
    {
      name: 'simulator',
      port: ports.simulator,
      does: { en: 'banks, policy systems and the phone, played here', km: 'ធនាគារ ប្រព័ន្ធធានារ៉ាប់រង និងទូរសព្ទសាកល្បង' },
    },
    { name: 'database', port: undefined, does: { en: 'PostgreSQL', km: 'PostgreSQL' } },
  ]
}
