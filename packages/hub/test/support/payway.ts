import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { freePort } from '../../src/kit/free-port.ts'
import type { Config } from '../../src/config.ts'
import { payOrder } from '../../src/flows/pay-order.ts'
import { sampleWorld } from '../../src/sandbox/sample-world.ts'
import { createOrder, readOrder } from '../../src/store/orders.ts'
import { patiently } from './bad-day.ts'
import { type Answer, startTestHub, type TestHub } from './running-hub.ts'
import { restSchedule } from './schedule.ts'

/** The bank that is PayWay in the sandbox, and the path of its callbacks. */
export const paywayBank = 'ABA'
export const paywayPath = '/api/payway/v2/webhook'

export type Said = Record<string, unknown>
/** What stands between hub and PayWay: it passes on what the simulator says, unless a test has it say something else. */
export type Between = {
  /** "check-transaction-2 150001-k3f9q2", or "transaction-list-2" → what is said instead; `silence`: nothing, ever. */
  readonly answers: Map<string, (said: Said) => Said | string>
  /** "check-transaction-2 150001-k3f9q2", in the order they came. */
  readonly calls: string[]
}

/** One merchant id: its key, and the part of the path that its callbacks come to. */
export type Merchant = { readonly id: string; readonly key: string; readonly part: string }

export type PaywayWorld = {
  readonly hub: TestHub
  readonly between: Between
  /** The one that codes are made for. */
  readonly first: Merchant
  /** Another shop's, which nobody pays. */
  readonly second: Merchant
}

/** Made up, like all of it. */
const secondMerchant: Merchant = {
  id: 'khhubother',
  key: 'made-up-key-of-the-other-shop',
  part: 'made-up-part-of-the-other-shop',
}
export const nextKey = 'made-up-key-that-follows'

/** A hub with PayWay, whose schedule rests: what a test sees comes from callbacks, or from what it does itself. */
export async function startWithPayway(
  t: TestContext,
  more: Readonly<Record<string, unknown>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<PaywayWorld> {
  const simulator = await freePort('127.0.0.1')
  const between: Between = { answers: new Map(), calls: [] }
  const origin = await startBetween(t, between, `http://127.0.0.1:${simulator}`)
  let first: Merchant | undefined
  const adjust = (config: Config): Config => {
    const played = sampleWorld(config, { ...config.ports, simulator }).banks[paywayBank] as Said
    first = {
      id: String(played['merchant-id']),
      key: String(played['api-key']),
      part: String(played['callback-account']),
    }
    const others = {
      'merchant-id': secondMerchant.id,
      'api-key': secondMerchant.key,
      'callback-account': secondMerchant.part,
      'payee-account': 'other_shop@abaa',
    }
    const bank = { 'base-url': origin, 'api-key-next': nextKey, accounts: [others], ...more }
    return { ...config, banks: { ...config.banks, [paywayBank]: bank } }
  }
  const settings = { HUB_SIMULATOR_PORT: String(simulator), HUB_REQUESTS_PER_MINUTE: '10000', ...environment }
  const hub = await startTestHub(t, settings, adjust)
  await restSchedule(hub)
  if (!first) throw new Error('The hub read no settings')
  return { hub, between, first, second: secondMerchant }
}

async function startBetween(t: TestContext, between: Between, truth: string): Promise<string> {
  const server = createServer((request, response) => {
    passOn(between, truth, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function passOn(
  between: Between,
  truth: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const operation = (request.url ?? '').split('/').at(-1) ?? ''
  const asked = `${operation} ${tranIdIn(body)}`.trim()
  between.calls.push(asked)
  const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
  const answer = await fetch(truth + (request.url ?? ''), {
    method: request.method ?? 'POST',
    headers: headers as Record<string, string>,
    body,
  })
  const text = await answer.text()
  const rewrite = between.answers.get(asked)
  const type = answer.headers.get('content-type') ?? 'text/plain'
  if (!rewrite) return void response.writeHead(answer.status, { 'content-type': type }).end(text)
  const said = rewrite(JSON.parse(text) as Said)
  if (said === 'silence') return
  const isPage = typeof said === 'string'
  response
    .writeHead(answer.status, { 'content-type': isPage ? 'text/html' : type })
    .end(isPage ? said : JSON.stringify(said))
}

function tranIdIn(body: Buffer): string {
  return /"tran_id":"([^"]+)"/.exec(body.toString('utf8'))?.[1] ?? ''
}

/** A shown code of an order. */
export type PaywayCode = {
  readonly id: number
  readonly tranId: string
  readonly qr: string
  readonly uuid: string
  readonly total: string
}

const nobody = { firstName: undefined, lastName: undefined, email: undefined, phone: undefined }

/** An order with a code: USD 25.00 by the usual method unless told. */
export async function orderCode(
  { hub }: Pick<PaywayWorld, 'hub'>,
  more: { readonly amountMinor?: bigint; readonly currency?: 'USD' | 'KHR'; readonly method?: string } = {},
): Promise<PaywayCode> {
  const uuid = randomUUID()
  const { amountMinor = 2_500n, currency = 'USD' } = more
  await createOrder(hub.running.db, {
    uuid,
    orderNumber: `SHOP-${uuid.slice(0, 13)}`,
    customerId: 'customer-1',
    total: { amountMinor, currency },
    items: [],
    customer: nobody,
    returnUrl: undefined,
    cancelUrl: undefined,
    createdBy: 'a test',
  })
  return codeOf({ hub }, uuid, more.method)
}

/** The code of an order, or another one where that has ended. */
export async function codeOf({ hub }: Pick<PaywayWorld, 'hub'>, uuid: string, method?: string): Promise<PaywayCode> {
  const order = await readOrder(hub.running.db, { uuid })
  assert.ok(order)
  const asker = { actor: 'a test', subject: 'test', correlationId: 'test-1' }
  const asked = { method: method ?? 'abapay_khqr_deeplink', customer: nobody, amountMinor: undefined }
  const { payment, attempt } = await payOrder(hub.running.hub, asker, order, asked)
  const { reference: tranId, qrString: qr = '' } = attempt
  return { id: payment.number, tranId, qr, uuid, total: String(order.total.amountMinor) }
}

/** A customer pays a code; what the simulator is told besides is its own. The ids of the movements. */
export async function payCode(
  { hub }: Pick<PaywayWorld, 'hub'>,
  { qr }: Pick<PaywayCode, 'qr'>,
  how: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const paid = await hub.simulator('POST', '/_simulator/pay', { bank: paywayBank, qr, ...how })
  assert.equal(paid.status, 200, paid.text)
  return (paid.json['transactions'] as unknown as { transactionId: string }[]).map((one) => one.transactionId)
}

/** The signature of PayWay's own profile: a flat body's values, sorted by name. */
export function sortedSignature(fields: Readonly<Record<string, string>>, key: string): string {
  const values = Object.keys(fields)
    .sort()
    .map((name) => fields[name] ?? '')
  return createHmac('sha512', key).update(values.join(''), 'utf8').digest('base64')
}

export function rawSignature(body: string, key: string): string {
  return createHmac('sha512', key).update(body, 'utf8').digest('base64')
}

/** The body of a callback as PayWay sends it. */
export function fieldsOf(tranId: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    tran_id: tranId,
    apv: String(100_000 + (apvs += 1)),
    status: '0',
    return_params: '',
    merchant_ref: '',
    ...more,
  }
}
let apvs = 0

/** Sends a callback as PayWay would, with what a test wants changed in it. */
export function callBack(
  world: PaywayWorld,
  fields: Readonly<Record<string, string>>,
  more: {
    readonly key?: string
    /** Instead of the right one; null: none. */
    readonly signature?: string | null
    readonly part?: string
    /** Instead of the fields as JSON. */
    readonly body?: string
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): Promise<Answer> {
  const { part = world.first.part, key = world.first.key, body = JSON.stringify(fields) } = more
  const signature = more.signature === undefined ? sortedSignature(fields, key) : more.signature
  return world.hub.gateway('POST', `${paywayPath}/${part}`, {
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(signature === null ? {} : { 'x-payway-hmac-sha512': signature }),
      ...more.headers,
    },
  })
}

export type KeptMessage = { readonly id: number; readonly outcome: string; readonly fingerprint: string }

/** The kept callbacks about a code, oldest first. */
export async function keptAbout({ hub }: Pick<PaywayWorld, 'hub'>, tranId: string): Promise<KeptMessage[]> {
  const { rows } = await hub.pool.query<KeptMessage>(
    `select id, outcome, fingerprint from inbox where route = 'callback' and reference = $1 order by id`,
    [tranId],
  )
  return rows
}

/** Waits until the kept callbacks about a code have these outcomes, in the order they came. */
export function outcomesBecome(world: Pick<PaywayWorld, 'hub'>, tranId: string, outcomes: string[]): Promise<unknown> {
  return patiently(`the callbacks of ${tranId} to be ${outcomes.join(', ')}`, async () => {
    const found = (await keptAbout(world, tranId)).map((one) => one.outcome)
    return found.length === outcomes.length && found.every((one, place) => one === outcomes[place])
  })
}

/** How many security events of a kind there are. */
export async function countEvents({ hub }: Pick<PaywayWorld, 'hub'>, kind: string): Promise<number> {
  const { rows } = await hub.pool.query<{ count: number }>(
    'select count(*)::int as count from audit where action = $1',
    [`security.${kind}`],
  )
  return rows[0]?.count ?? 0
}
