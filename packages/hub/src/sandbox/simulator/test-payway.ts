/** For tests: PayWay played in this process, a client that signs as its pages show, and a shop that hears its callbacks. */
import { constants, createHmac, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import type { JournalPayment } from '../../banks/payway/simulator/book-records.ts'
import type { PaywaySimulatorSettings } from '../../banks/payway/simulator/settings.ts'
import { completeConfig } from './config.ts'
import { type SimulatorHost, startSimulator } from './host.ts'
import { call, listenAsGateway, type Said, sampleConfig, temporaryFolder, type Told } from './test-process.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

export const rsaPublicKey = publicKey

export const samplePayway: PaywaySimulatorSettings = {
  kind: 'payway',
  basePath: '/payway',
  alsoAtRoot: true,
  active: true,
  merchantId: 'khhubdemo',
  currencies: ['USD', 'KHR'],
  payeeAccount: 'sample_shop@abaa',
  payeeMerchantId: 'SAMPLE-ABA-1',
  merchantName: 'Sample Shop',
  city: 'Phnom Penh',
  apiKey: 'example-key-usd-0001',
  nextApiKey: 'example-key-next-0002',
  rsaPrivateKey: privateKey,
  mostLagMs: 0,
  callbackAfterMs: 0,
  refundTakesMs: 0,
}

export type Fields = Readonly<Record<string, string | number>>

let references = 0

/** Nobody has sent it before. */
export function newTranId(): string {
  return `${150_001 + references++}-abc123`
}

/** YYYYMMDDHHmmss, UTC. */
export function reqTime(ms = Date.now()): string {
  return new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14)
}

export function hashOf(values: readonly (string | number)[], key = samplePayway.apiKey): string {
  return createHmac('sha512', key).update(values.join('')).digest('base64')
}

/** RSA in pieces of 117 bytes, as the PHP sample cuts them. */
export function merchantAuth(value: unknown): string {
  const text = Buffer.from(JSON.stringify(value))
  const pieces: Buffer[] = []
  for (let at = 0; at < text.length; at += 117) {
    const padding = constants.RSA_PKCS1_PADDING
    pieces.push(publicEncrypt({ key: publicKey, padding }, text.subarray(at, at + 117)))
  }
  return Buffer.concat(pieces).toString('base64')
}

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
    async purchase(fields = {}, form = 'urlencoded') {
      const order: Fields = { ...usualPurchase(callbackUrl), ...fields }
      const signed = { ...order, hash: hashOf(purchaseOrder.map((name) => order[name] ?? '')) }
      const said = await post(`${url()}${gateway}payments/purchase`, signed, form)
      return { ...said, tranId: String(order['tran_id']) }
    },
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

const listOrder = [
  'req_time',
  'merchant_id',
  'from_date',
  'to_date',
  'from_amount',
  'to_amount',
  'status',
  'page',
  'pagination',
]
const qrOrder = [
  'req_time',
  'merchant_id',
  'tran_id',
  'amount',
  'items',
  'first_name',
  'last_name',
  'email',
  'phone',
  'purchase_type',
  'payment_option',
  'callback_url',
  'return_deeplink',
  'currency',
  'custom_fields',
  'return_params',
  'payout',
  'lifetime',
  'qr_image_template',
]
const purchaseOrder = [
  'req_time',
  'merchant_id',
  'tran_id',
  'amount',
  'items',
  'shipping',
  'firstname',
  'lastname',
  'email',
  'phone',
  'type',
  'payment_option',
  'return_url',
  'cancel_url',
  'continue_success_url',
  'return_deeplink',
  'currency',
  'custom_fields',
  'return_params',
  'payout',
  'lifetime',
  'additional_params',
  'google_pay_token',
  'skip_success_page',
]

function usualQr(callbackUrl: string): Fields {
  return {
    req_time: reqTime(),
    merchant_id: samplePayway.merchantId,
    tran_id: newTranId(),
    amount: '10.50',
    currency: 'USD',
    payment_option: 'abapay_khqr',
    callback_url: Buffer.from(callbackUrl).toString('base64'),
    return_params: 'order=3',
    lifetime: 10,
    qr_image_template: 'template1',
  }
}

function usualPurchase(callbackUrl: string): Fields {
  return {
    req_time: reqTime(),
    merchant_id: samplePayway.merchantId,
    tran_id: newTranId(),
    amount: '10.50',
    currency: 'USD',
    payment_option: 'abapay_khqr_deeplink',
    return_url: Buffer.from(callbackUrl).toString('base64'),
    lifetime: '10',
  }
}

async function post(url: string, fields: Fields, form: 'urlencoded' | 'multipart' | 'json'): Promise<Said> {
  if (form === 'json') return call('POST', url, fields)
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])
  const parts = new FormData()
  for (const [name, value] of pairs) parts.append(name, value)
  const body = form === 'multipart' ? parts : new URLSearchParams(pairs)
  const answer = await fetch(url, { method: 'POST', body })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true
  const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { status: answer.status, headers: answer.headers, text, json }
}
