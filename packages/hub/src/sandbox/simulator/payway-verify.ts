import {
  type PaywayBehaviour,
  paywayBehaviours,
  type PaywayOrder,
  type PaywaySimulator,
} from '../../banks/payway/simulator/payway-simulator.ts'
import { type ControlBody, readControlBody } from './control-body.ts'
import { findTran } from './find-payway.ts'
import { longestDelayS } from './order-parts.ts'
import type { World } from './world.ts'

/** The bank that a control call names, where it is played as PayWay. A body that cannot be read names none. */
export function paywayNamed(world: World, raw: unknown): PaywaySimulator | undefined {
  const bank = /"bank"\s*:\s*"([^"\\]*)"/.exec(raw instanceof Buffer ? raw.toString('utf8') : '')?.[1]
  return bank === undefined ? undefined : world.payway.get(bank.toUpperCase())
}

/** `POST /_simulator/verify` at PayWay: what check and detail say from now on of a `tran_id`, and the list of its charges. */
export async function setPaywayVerify(world: World, bank: PaywaySimulator, raw: unknown): Promise<unknown> {
  const body = readControlBody(raw, ['bank', 'paymentId', 'verify'])
  const order = readPaywayVerify(body)
  if (!body.has('verify') || order.verify === 'wrong-amount') {
    body.refuse('verify', 'use one of paid, unpaid, unpaid-for:<seconds>, flap, silent, garbage.')
  }
  const { tranId } = findTran(bank, body).tran
  bank.setVerify(tranId, order)
  await world.durable()
  return { reference: tranId, verify: String(body.value('verify')) }
}

/** The body's `verify`: one of a list, or `unpaid-for:<seconds>`. Left out, it is `paid`. */
export function readPaywayVerify(body: ControlBody): PaywayOrder {
  if (!body.has('verify')) return { verify: 'paid', waitMs: 0 }
  const said = String(body.value('verify')).toLowerCase()
  const waits = /^unpaid-for:(\d{1,6}(?:\.\d{1,3})?)$/.exec(said)
  if (waits && Number(waits[1]) <= longestDelayS) {
    return { verify: 'unpaid-for', waitMs: Math.round(Number(waits[1]) * 1000) }
  }
  const verify: PaywayBehaviour | undefined = paywayBehaviours.find((one) => one === said && one !== 'unpaid-for')
  const choices = paywayBehaviours.filter((one) => one !== 'unpaid-for').join(', ')
  return verify
    ? { verify, waitMs: 0 }
    : body.refuse('verify', `use ${choices}, or unpaid-for:<seconds> (at most ${longestDelayS}).`)
}
