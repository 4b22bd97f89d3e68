import type { FastifyReply, FastifyRequest } from 'fastify'
import { openTopup } from '../../flows/open-topup.ts'
import { timingSafeEqualText } from '../../kit/crypto.ts'
import { newId } from '../../kit/ids.ts'
import { decimalText } from '../../kit/json.ts'
import { AmountError, isCurrency, type Money, parseAmount } from '../../money/money.ts'
import { jsonAmount } from '../envelope.ts'
import { askerOf } from '../server.ts'
import { sendJson } from './answers.ts'
import type { Body, FacadeWorld } from './facade.ts'
import { refuseFields } from './refuse-fields.ts'
import { isConfigured, refuseUnconfigured } from './refuse-unconfigured.ts'

const longestBillNumber = 64
const longestInfo = 255

/**
 * `{md5, amount, currency, bill_number?, info?}` of the older documents: opens a top-up of the merchant's own wallet. The
 * `md5` is the caller's merchant key. The same bill number, amount and currency is the same top-up while it is open.
 */
export async function generateCode(
  world: FacadeWorld,
  request: FastifyRequest,
  reply: FastifyReply,
  body: Body,
): Promise<FastifyReply> {
  const { hub, merchantKey } = world
  if (merchantKey === undefined || !isConfigured(world)) refuseUnconfigured()
  const { amount, billNumber, info } = readFields(body, merchantKey)
  const { payment, topup, code } = await openTopup(hub, askerOf(request), {
    userId: merchantKey,
    amount,
    description: info,
    method: undefined,
    returnUrl: undefined,
    cancelUrl: undefined,
    caller: { merchantKey, billNumber },
  })
  return sendJson(reply, 200, {
    hash: topup.handle,
    qr_string: code.qrString,
    deeplink: code.deeplink ?? null,
    amount: jsonAmount(payment.amount),
    currency: payment.amount.currency,
    merchant_id: merchantKey,
    bill_number: topup.billNumber,
  })
}

type Fields = { readonly amount: Money; readonly billNumber: string; readonly info: string | undefined }

/** Throws BAD_REQUEST with all that is wrong at once. */
function readFields(body: Body, merchantKey: string): Fields {
  const errors: Record<string, string> = {}
  const take = (name: string, wrong: string | undefined) => {
    if (wrong !== undefined) errors[name] = wrong
  }
  const { md5, currency, info } = body
  if (typeof md5 !== 'string' || md5 === '') take('md5', 'is required, and must be your merchant key')
  else if (!timingSafeEqualText(md5, merchantKey)) take('md5', 'is not a merchant key of this gateway')
  const amount = readAmount(body['amount'], currency)
  if (!isCurrency(currency)) take('currency', 'is required, and must be USD or KHR')
  if (typeof amount === 'string') take('amount', amount)
  // Without one, no two requests are the same bill.
  const billNumber = body['bill_number'] === undefined ? newId('bill') : decimalText(body['bill_number'])
  if (billNumber === undefined || !isLine(billNumber, longestBillNumber))
    take('bill_number', `must be 1 to ${longestBillNumber} characters on one line`)
  if (info !== undefined && info !== null && info !== '' && !(typeof info === 'string' && isLine(info, longestInfo)))
    take('info', `must be at most ${longestInfo} characters on one line`)
  if (Object.keys(errors).length > 0 || typeof amount === 'string' || billNumber === undefined) refuseFields(errors)
  return { amount, billNumber, info: typeof info === 'string' && info !== '' ? info : undefined }
}

/** The amount, or what is wrong with it. */
function readAmount(given: unknown, currency: unknown): Money | string {
  if (typeof given !== 'string') return 'is required, and must be a plain decimal above zero such as 10.50'
  try {
    const read: Money = isCurrency(currency)
      ? { amountMinor: parseAmount(given, currency), currency }
      : { amountMinor: parseAmount(given, 'USD'), currency: 'USD' }
    return read.amountMinor > 0n ? read : `is "${given.slice(0, 40)}", and must be above zero`
  } catch (error) {
    if (!(error instanceof AmountError)) throw error
    return error.message
  }
}

function isLine(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text)
}
