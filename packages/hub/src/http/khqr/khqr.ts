import { toPng, toSvg } from '@khqr-hub/khqr'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import type { Attempt, Payment } from '../../domain/payment.ts'
import { createKhqr } from '../../flows/create-khqr.ts'
import type { BankAtWork, Hub } from '../../flows/hub.ts'
import { paymentNumberOf } from '../../flows/take-webhook.ts'
import { watchPayment } from '../../flows/watch-payment.ts'
import { randomToken } from '../../kit/crypto.ts'
import { maskName } from '../../kit/mask.ts'
import { ensureCheckout, readCheckout } from '../../store/checkouts.ts'
import { readPayment } from '../../store/payments.ts'
import { type Principal, requireScope, seesNames } from '../auth.ts'
import { jsonAmount, sendSuccess, timestamp } from '../envelope.ts'
import { askerOf, callerOf, type SurfaceTools } from '../server.ts'
import { readBankCode } from './read-bank-code.ts'

/** Pixels of one side of the picture, about. */
const pictureSize = 300

/** `GET /khqr`: a code for a bill; `GET /khqr/{paymentId}[.png|.svg]`: the code again. */
export function mountKhqr(surface: FastifyInstance, tools: SurfaceTools): void {
  const { hub } = tools
  const create = { allow: (_request: FastifyRequest, caller: Principal) => requireScope(caller, 'khqr:create') }
  const read = {
    allow: (_request: FastifyRequest, caller: Principal) => requireScope(caller, 'khqr:create', 'payments:read'),
  }
  surface.get('/khqr', { config: create }, async (request, reply) => {
    const order = readOrder(hub, request)
    const { payment, attempt, servedBy } = await createKhqr(hub, askerOf(request), order)
    const data = await describe(hub, callerOf(request), payment, { attempt, servedBy })
    return sendSuccess(reply, data, hub.clock.now())
  })
  surface.get<{ Params: { name: string } }>('/khqr/:name', { config: read }, async (request, reply) => {
    const { number, picture } = readName(request.params.name)
    const { payment, attempt } = await findSession(hub, callerOf(request), number)
    if (picture === undefined) {
      await watchPayment(hub, payment)
      const servedBy = standInOf(payment, attempt)
      const data = await describe(hub, callerOf(request), payment, { attempt, servedBy })
      return sendSuccess(reply, { ...data, status: payment.status }, hub.clock.now())
    }
    return sendPicture(reply, attempt.qrString, picture)
  })
}

type Shown = Attempt & { readonly qrString: string }

/** The bank of this code, where nobody asked for a code of it: it stood in for the one that was asked for. */
function standInOf(payment: Payment, attempt: Shown): string | undefined {
  const asked = payment.inquiries.filter((one) => one.channel === 'KHQR_PAYMENT').map((one) => one.bankCode)
  return asked.length === 0 || asked.includes(attempt.bankCode) ? undefined : attempt.bankCode
}

async function describe(
  hub: Hub,
  caller: Principal,
  payment: Payment,
  { attempt, servedBy }: { readonly attempt: Shown; readonly servedBy: string | undefined },
) {
  return {
    paymentId: payment.number,
    policyId: payment.billNumber,
    customerName: seesNames(caller) ? payment.payer.name : maskName(payment.payer.name),
    amount: jsonAmount(payment.amount),
    currency: payment.amount.currency,
    qrCode: Buffer.from(toPng(attempt.qrString, { size: pictureSize })).toString('base64'),
    qrString: attempt.qrString,
    ...(attempt.deeplink === undefined ? {} : { deeplink: attempt.deeplink }),
    expiresAt: timestamp(attempt.expiresAt),
    checkout_url: await pageOf(hub, payment.number),
    ...(servedBy === undefined ? {} : { servedBy }),
  }
}

/** Every premium has a page on which it is paid, from the first time that somebody asks for its code. */
async function pageOf(hub: Hub, number: number): Promise<string> {
  const wanted = { token: randomToken(32), returnUrl: undefined, cancelUrl: undefined }
  const { token } = (await readCheckout(hub.db, number)) ?? (await ensureCheckout(hub.db, number, wanted))
  return hub.pageOf(token)
}

function sendPicture(reply: FastifyReply, qrString: string, picture: 'png' | 'svg'): FastifyReply {
  if (picture === 'svg') return reply.type('image/svg+xml; charset=utf-8').send(toSvg(qrString, { size: pictureSize }))
  return reply.type('image/png').send(Buffer.from(toPng(qrString, { size: pictureSize })))
}

/** The bank comes first (404), then the other fields (400), all at once. */
function readOrder(hub: Hub, request: FastifyRequest): { at: BankAtWork; billNumber: string } {
  const query = new URLSearchParams(request.raw.url?.split('?').slice(1).join('?') ?? '')
  const problems: Record<string, string> = {}
  const named = readBankCode(query)
  if (named.kind === 'problem') problems['bankCode'] = named.problem
  const at = named.kind === 'names' ? oneBank(hub, named.names) : undefined
  if (typeof at === 'string') problems['bankCode'] = at
  const billNumbers = query.getAll('billNumber')
  const billNumber = billNumbers[0]?.trim() ?? ''
  if (billNumber === '') problems['billNumber'] = 'Bill number is required'
  else if (billNumbers.length > 1 || !/^[A-Za-z0-9]{1,10}$/.test(billNumber)) {
    problems['billNumber'] = `"${billNumbers.join(', ').slice(0, 40)}" must be 1 to 10 letters and digits, once`
  }
  if (Object.keys(problems).length > 0 || !at || typeof at === 'string') {
    throw new Refusal('VALIDATION_ERROR', 'The parameters are not right', { details: problems })
  }
  return { at, billNumber }
}

/** The one active bank that all names mean; a sentence when they disagree. Throws BANK_NOT_FOUND. */
function oneBank(hub: Hub, names: readonly string[]): BankAtWork | string {
  const banks = names.map(
    (name) => hub.banks.get(name) ?? [...hub.banks.values()].find((at) => String(at.numericId) === name),
  )
  const distinct = new Set(banks.map((at, index) => at?.code ?? names[index]))
  if (distinct.size > 1) return `id and bank disagree: ${names.join(' and ').slice(0, 60)}`
  const at = banks[0]
  if (!at?.active)
    throw new Refusal('BANK_NOT_FOUND', 'No such active bank', { details: `Bank: ${names[0]?.slice(0, 40) ?? ''}` })
  return at
}

function readName(name: string): { number: number; picture: 'png' | 'svg' | undefined } {
  const parts = /^(\d{1,16})(?:\.(png|svg))?$/.exec(name)
  const number = paymentNumberOf(parts?.[1])
  if (number === undefined) {
    throw new Refusal('VALIDATION_ERROR', 'The payment id is not right', {
      details: {
        paymentId: `"${name.slice(0, 40)}" must be a payment id such as 150001, with .png or .svg for its picture`,
      },
    })
  }
  return { number, picture: parts?.[2] === 'png' || parts?.[2] === 'svg' ? parts[2] : undefined }
}

async function findSession(hub: Hub, caller: Principal, number: number): Promise<{ payment: Payment; attempt: Shown }> {
  const payment = await readPayment(hub.db, number)
  const shown = payment?.attempts.filter((attempt): attempt is Shown => attempt.qrString !== undefined) ?? []
  const mayReadAll = caller.scopes.has('payments:read') || caller.kind === 'service'
  const attempt = shown.findLast((one) => mayReadAll || one.createdBy === caller.subject)
  if (!payment || shown.length === 0) {
    throw new Refusal('RESOURCE_NOT_FOUND', 'No such payment with a code', { details: `Payment: ${number}` })
  }
  if (!attempt) throw new Refusal('FORBIDDEN', 'This code was made for another client; payments:read may read it')
  return { payment, attempt }
}
