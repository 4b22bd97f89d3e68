import type { FastifyReply } from 'fastify'
import { watchPayment } from '../../flows/watch-payment.ts'
import { readPayment } from '../../store/payments.ts'
import { findTopup, readTopup } from '../../store/topups.ts'
import {
  openApiCodes,
  paidByDocuments,
  sendCode,
  sendData,
  sendJson,
  sendNotFound,
  settlingReceipt,
  transactionOf,
} from './answers.ts'
import type { FacadeWorld } from './facade.ts'
import { refuseFields } from './refuse-fields.ts'
import { isConfigured, refuseUnconfigured } from './refuse-unconfigured.ts'

/** What a client knows of a payment, under the name it sent it. */
type Given = { readonly name: 'hash' | 'md5'; readonly value: unknown }

const longestKey = 255

/**
 * Says whether a code of ours was paid, from our books: reading counts as watching, and the bank is asked by the plan. The
 * form of the answer follows from what the client knows: our handle is known to clients of the documents only, an MD5 or a
 * transaction's hash to clients of the open API.
 */
export async function checkTransaction(
  world: FacadeWorld,
  reply: FastifyReply,
  { name, value }: Given,
): Promise<FastifyReply> {
  const { hub } = world
  if (typeof value !== 'string' || value === '' || value.length > longestKey)
    refuseFields({ [name]: `is required, and must be 1 to ${longestKey} characters` })
  const found = await find(hub, value.toLowerCase())
  if (!found && name === 'md5') return sendUnpaid(reply)
  // To say "not paid" of what could never be paid here would keep a client waiting for ever.
  if (!found && !isConfigured(world)) refuseUnconfigured()
  const payment = found && (await readPayment(hub.db, found.number))
  if (payment) await watchPayment(hub, payment)
  const receipt = payment && settlingReceipt(payment)
  if (found && found.by !== 'handle')
    return receipt
      ? sendData(reply, 'Getting transaction successfully', transactionOf(hub, receipt))
      : sendUnpaid(reply)
  const topup = payment && (await readTopup(hub.db, payment.number))
  return topup && receipt ? sendJson(reply, 200, paidByDocuments(payment, topup, receipt)) : sendNotFound(reply)
}

async function find(
  hub: FacadeWorld['hub'],
  key: string,
): Promise<{ readonly number: number; readonly by: 'handle' | 'md5' | 'transactionHash' } | undefined> {
  if (/^[0-9a-f]{32}$/.test(key)) {
    const number = await findTopup(hub.db, { md5: key })
    return number === undefined ? undefined : { number, by: 'md5' }
  }
  if (!/^[0-9a-f]{64}$/.test(key)) return undefined
  const handled = await findTopup(hub.db, { handle: key })
  if (handled !== undefined) return { number: handled, by: 'handle' }
  const paid = await findTopup(hub.db, { transactionHash: key })
  return paid === undefined ? undefined : { number: paid, by: 'transactionHash' }
}

function sendUnpaid(reply: FastifyReply): FastifyReply {
  return sendCode(reply, openApiCodes.notFound, 'Transaction could not be found. Please check and try again.')
}
