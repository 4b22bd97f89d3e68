/** For tests: PayWay played in this process, a client of it, and a shop that hears its callbacks. */
import type { JournalPayment } from '../../banks/payway/simulator/book-records.ts'
import type { PaywaySimulatorSettings } from '../../banks/payway/simulator/settings.ts'
import { completeConfig } from './config.ts'
import { type SimulatorHost, startSimulator } from './host.ts'
import {
  type Fields,
  hashOf,
  listOrder,
  merchantAuth,
  postPurchase,
  qrOrder,
  reqTime,
  samplePayway,
  usualQr,
} from './test-payway-requests.ts'
import { call, listenAsGateway, type Said, sampleConfig, temporaryFolder, type Told } from './test-process.ts'

export type Payment = JournalPayment

export type TestPayway = {
  url(): string
  /** All that came to the shop's address for callbacks, and how it answers them: 200 unless told. */
  readonly shop: { readonly all: readonly Told[]; heard(count: number): Promise<void>; answers(status: number): void }
  readonly callbackUrl: string
  /** A signed call of payment-gateway, in JSON. */
  ask(name: string, fields: Fields, hashed: readonly (string | number)[]): Promise<Said>
  /** check-transaction-2, transaction-detail, close-transaction: of one `tran_id`. */
  about(name: string, tranId: string, key?: string): Promise<Said>
  /** A call of the merchant portal about `secrets`. */
  portal(name: string, secrets: unknown): Promise<Said>
  /** generate-qr for USD 10.50; the fields may be others. Answers the `tran_id` and the code. */
  makeQr(fields?: Fields): Promise<{ tranId: string; qr: string; said: Said }>
  /** A purchase as a browser posts it. */
  purchase(fields?: Fields, form?: 'urlencoded' | 'multipart' | 'json'): Promise<Said & { tranId: string }>
  list(fields?: Fields): Promise<Said>
  refund(tranId: string, amount: string | number): Promise<Said>
  /** A control call that must succeed. */
  control(path: string, body: unknown): Promise<Record<string, unknown>>
  tryControl(path: string, body: unknown): Promise<Said>
  pay(tranId: string, how?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>
  fault(operation: string, fault: string, value?: unknown): Promise<void>
  clear(): Promise<void>
  journal(): Promise<Payment[]>
  /** Closes it and opens it again on the same file. */
  restart(): Promise<void>
  close(): Promise<void>
}

const gateway = '/api/payment-gateway/v1/'
const portalPath = '/api/merchant-portal/merchant-access/'

export async function startPayway(settings: Partial<PaywaySimulatorSettings> = {}): Promise<TestPayway> {
  const folder = await temporaryFolder()
  let status = 200
  const shop = await listenAsGateway(() => ({ status }))
  const ABA = { ...samplePayway, ...settings }
  const config = completeConfig(sampleConfig(folder.path, shop.url, { banks: {}, payway: { ABA } }))
  let host: SimulatorHost = await startSimulator(config)
  const url = (): string => `http://127.0.0.1:${host.port}`
  const callbackUrl = `${shop.url}/callback`
  return {
    url,
    shop: { all: shop.all, heard: (count) => shop.heard(count), answers: (next) => void (status = next) },
    callbackUrl,
    ...callsOf(url, ABA, callbackUrl),
    ...controlsOf(url),
    async restart() {
      await host.close()
      host = await startSimulator(config)
    },
    async close() {
      await host.close()
      await shop.close()
      await folder.remove()
    },
  }
}

type Calls = Pick<TestPayway, 'ask' | 'about' | 'portal' | 'makeQr' | 'purchase' | 'list' | 'refund'>

function callsOf(url: () => string, { merchantId: id, apiKey }: PaywaySimulatorSettings, callbackUrl: string): Calls {
  const ask: TestPayway['ask'] = (name, fields, hashed) =>
    call('POST', `${url()}/payway${gateway}${name}`, { ...fields, hash: hashOf(hashed) })
  const portal: TestPayway['portal'] = (name, secrets) => {
    const auth = merchantAuth(secrets)
    const at = reqTime()
    const hash = hashOf([at, id, auth])
    return call('POST', `${url()}${portalPath}${name}`, {
      request_time: at,
      merchant_id: id,
      merchant_auth: auth,
      hash,
    })
  }
  return {
    ask,
    portal,
    about: (name, tranId, key = apiKey) => {
      const req_time = reqTime()
      const hash = hashOf([req_time, id, tranId], key)
      return call('POST', `${url()}${gateway}payments/${name}`, { req_time, merchant_id: id, tran_id: tranId, hash })
    },
    async makeQr(fields = {}) {
      const order: Fields = { ...usualQr(callbackUrl), ...fields }
      const said = await ask(
        'payments/generate-qr',
        order,
        qrOrder.map((name) => order[name] ?? ''),
      )
      return { tranId: String(order['tran_id']), qr: String(said.json['qrString']), said }
    },
    purchase: (fields = {}, form = 'urlencoded') =>
      postPurchase(url(), { return_url: Buffer.from(callbackUrl).toString('base64'), ...fields }, form),
    list: (fields = {}) => {
      const order: Fields = { req_time: reqTime(), merchant_id: id, ...fields }
      return ask(
        'payments/transaction-list-2',
        order,
        listOrder.map((name) => order[name] ?? ''),
      )
    },
    refund: (tranId, refund_amount) =>
      portal('online-transaction/refund', { mc_id: id, tran_id: tranId, refund_amount }),
  }
}

type Controls = Pick<TestPayway, 'control' | 'tryControl' | 'pay' | 'fault' | 'clear' | 'journal'>

function controlsOf(url: () => string): Controls {
  const tryControl: TestPayway['tryControl'] = (path, body) => call('POST', `${url()}/_simulator/${path}`, body)
  const control: TestPayway['control'] = async (path, body) => {
    const said = await tryControl(path, body)
    if (said.status !== 200) throw new Error(`${path} was refused: ${said.text}`)
    return said.json
  }
  return {
    control,
    tryControl,
    pay: (paymentId, how = {}) => control('pay', { bank: 'ABA', paymentId, ...how }),
    fault: async (operation, fault, value) =>
      void (await control('faults', { target: 'ABA', operation, fault, value })),
    clear: async () => void (await call('DELETE', `${url()}/_simulator/faults`)),
    async journal() {
      const { json } = await call('GET', `${url()}/_simulator/journal`)
      return (json['banks'] as Record<string, { payments: Payment[] }>)['ABA']?.payments ?? []
    },
  }
}
