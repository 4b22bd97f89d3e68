import type { FastifyInstance } from 'fastify'
import { plainAmount } from '../../banks/bank-qr/simulator/amounts.ts'
import { payBill } from './bill-payment.ts'
import { bakongNamed, readQuota, setQuota } from './control-bakong.ts'
import { ControlRefusal, readControlBody } from './control-body.ts'
import { clearFaults, setFault } from './control-faults.ts'
import { isCrossSite } from './cross-site.ts'
import { readVerify } from './order-parts.ts'
import { pay } from './pay.ts'
import { payBakong, setBakongVerify } from './pay-bakong.ts'
import { payPayway } from './pay-payway.ts'
import { paywayNamed, setPaywayVerify } from './payway-verify.ts'
import { restore, reverse } from './reverse.ts'
import type { World } from './world.ts'

const mostBills = 10_000
const usualBillAmount = { USD: '25.00', KHR: '100000' }

/** The control API under `/_simulator`: how a test or a developer plays the customer and the bad days. */
export function serveControl(app: FastifyInstance, world: World): void {
  app.addHook('onRequest', async (request) => {
    const isAct = request.method !== 'GET' && request.url.startsWith('/_simulator')
    if (isAct && isCrossSite(request))
      throw new ControlRefusal(403, 'origin', request.headers.origin, 'Another website sent this.')
  })
  app.get('/', () => home(world))
  app.get('/_simulator', () => home(world))
  app.post('/_simulator/pay', ({ body }) => payAtBank(world, body))
  app.post('/_simulator/bill-payment', (request) => payBill(world, request.body))
  app.post('/_simulator/bills', (request) => makeBills(world, request.body))
  app.post('/_simulator/reverse', (request) => reverse(world, request.body))
  app.post('/_simulator/restore', (request) => restore(world, request.body))
  app.post('/_simulator/verify', ({ body }) => {
    const bakong = bakongNamed(world, body)
    const payway = paywayNamed(world, body)
    if (payway) return setPaywayVerify(world, payway, body)
    return bakong ? setBakongVerify(world, bakong, body) : setVerify(world, body)
  })
  app.post('/_simulator/faults', (request) => setFault(world, request.body))
  app.delete('/_simulator/faults', (request) => clearFaults(world, request.body, request.query))
  app.get('/_simulator/faults', () => ({ faults: world.faults.list(), kinds: world.faults.catalogue }))
  app.get('/_simulator/bakong/quota', () => readQuota(world))
  app.post('/_simulator/bakong/quota', (request) => setQuota(world, request.body))
  app.get('/_simulator/journal', () => journal(world))
  app.get('/_simulator/deliveries', () => ({ deliveries: world.deliveries.list() }))
}

/** `POST /_simulator/pay`, at a bank of whatever kind. Throws `ControlRefusal`. */
export function payAtBank(world: World, body: unknown): Promise<unknown> {
  const bakong = bakongNamed(world, body)
  const payway = paywayNamed(world, body)
  if (payway) return payPayway(world, payway, body)
  return bakong ? payBakong(world, bakong, body) : pay(world, body)
}

/** `POST /_simulator/bills`: new bills, each with one instalment. */
async function makeBills(world: World, raw: unknown): Promise<{ numbers: string[] }> {
  const body = readControlBody(raw, ['count', 'system', 'amount', 'currency'])
  const count = body.whole('count', { least: 1, most: mostBills, fallback: 1 })
  const names = world.policySystems.map((system) => system.name)
  const name = body.oneOf('system', names, names[0])
  const currency = body.oneOf('currency', ['USD', 'KHR'], 'USD')
  const amount =
    plainAmount(body.has('amount') ? body.value('amount') : usualBillAmount[currency], currency) ??
    body.refuse('amount', `use an amount above 0 with the decimals of ${currency}.`)
  const numbers = world.policySystems.find((system) => system.name === name)?.makeBills({ count, amount, currency })
  await world.durable()
  return { numbers: numbers ?? [] }
}

/** `POST /_simulator/verify`: what a bank's verify says of one reference from now on. */
async function setVerify(world: World, raw: unknown): Promise<{ reference: string; verify: string }> {
  const body = readControlBody(raw, ['bank', 'paymentId', 'verify'])
  const bank = world.bank(body)
  const reference = body.text('paymentId', 'use the number of a payment, e.g. 150001.')
  const order = readVerify(body, world.nowMs())
  if (!body.has('verify') || order.verify === 'wrong-amount') {
    body.refuse('verify', 'use one of paid, unpaid, unpaid-for:<seconds>, flap, silent, garbage.')
  }
  if (!bank.book.codeOf(reference)) {
    throw new ControlRefusal(
      404,
      'paymentId',
      reference,
      `${bank.code} has made no QR for payment ${reference}; make one first.`,
    )
  }
  bank.setVerify(reference, order)
  await world.durable()
  return { reference, verify: String(body.value('verify')) }
}

async function journal(world: World): Promise<unknown> {
  const answer = {
    banks: Object.fromEntries(
      [...world.banks, ...world.bakong, ...world.payway].map(([code, bank]) => [
        code,
        { payments: bank.book.payments() },
      ]),
    ),
    policySystems: Object.fromEntries(
      world.policySystems.map((system) => [
        system.name,
        { credits: system.credits(), creditNotes: system.creditNotes() },
      ]),
    ),
  }
  await world.durable()
  return answer
}

function home(world: World): unknown {
  return {
    what: 'KHQR Hub sandbox: the banks and policy systems are played here. No real money exists.',
    banks: [...world.banks.values()].map(({ code, settings }) => ({
      code,
      at: settings.basePath,
      active: settings.active,
      accounts: settings.accounts.map(({ merchantId, currency }) => ({ merchantId, currency })),
    })),
    bakong: [...world.bakong.values()].map(({ code, settings: { basePath, active, accounts } }) => ({
      code,
      at: basePath,
      active,
      accounts,
    })),
    payway: [...world.payway.values()].map(({ code, settings }) => ({
      code,
      at: settings.basePath,
      active: settings.active,
      accounts: settings.currencies.map((currency) => ({ merchantId: settings.merchantId, currency })),
    })),
    policySystems: world.policySystems.map(({ name, basePath }) => ({ name, at: basePath })),
    phone: '/phone',
    control: [
      'POST /_simulator/pay',
      'POST /_simulator/bill-payment',
      'POST /_simulator/bills',
      'POST /_simulator/reverse',
      'POST /_simulator/restore',
      'POST /_simulator/verify',
      'POST|GET|DELETE /_simulator/faults',
      'GET|POST /_simulator/bakong/quota',
      'GET /_simulator/journal',
      'GET /_simulator/deliveries',
    ],
  }
}
