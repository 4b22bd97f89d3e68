import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import { confirmBill } from '../../flows/confirm-bill.ts'
import type { BankAtWork, Hub } from '../../flows/hub.ts'
import { inquireBill } from '../../flows/inquire-bill.ts'
import { noteSecurityEvent } from '../../flows/note-security-event.ts'
import { takeWebhook } from '../../flows/take-webhook.ts'
import { maskName } from '../../kit/mask.ts'
import { banksOf, type Principal, requireScope, seesNames } from '../auth.ts'
import { jsonAmount, sendRefusal, sendSuccess } from '../envelope.ts'
import { askerOf, callerOf, rawBody, type SurfaceTools } from '../server.ts'

type BankPath = { readonly bank?: string }

/** `/{bank}/payments`, `/{bank}/khqr`, and the same under `/gateway`, where the token says which bank. */
export function mountGateway(surface: FastifyInstance, tools: SurfaceTools): void {
  const { hub, settings } = tools
  const bankMessage = {
    bankRoute: true,
    allow: allowBank,
    // Whoever cannot say who he is has the general limit of his address, here too.
    rateLimit: {
      max: (request: FastifyRequest) =>
        request.caller instanceof Refusal ? settings.requestsPerMinute : settings.webhooksPerMinute,
      keyGenerator: (request: FastifyRequest) =>
        `${request.caller instanceof Refusal ? 'address' : 'bank'} ${request.ip}`,
    },
  }
  for (const prefix of ['/gateway', '/:bank']) {
    surface.get<{ Params: BankPath }>(
      `${prefix}/payments`,
      { config: { bankRoute: true, allow: allowInquiry } },
      (request, reply) => inquire(hub, request, reply),
    )
    surface.post<{ Params: BankPath }>(`${prefix}/payments`, { config: bankMessage }, (request, reply) =>
      confirm(hub, request, reply),
    )
    surface.post<{ Params: BankPath }>(`${prefix}/khqr`, { config: bankMessage }, (request, reply) =>
      notify(hub, request, reply),
    )
  }
}

/** The bank named by the path, in upper case; undefined under `/gateway`. */
function bankInPath(request: FastifyRequest): string | undefined {
  return (request.params as BankPath).bank?.toUpperCase()
}

/** Anyone who may read bills, or the bank itself on its own path. */
function allowInquiry(request: FastifyRequest, caller: Principal): void {
  const named = bankInPath(request)
  const own = banksOf(caller)
  if (named === undefined ? own.length > 0 : own.includes(named)) return
  requireScope(caller, 'bills:read')
}

/** Exactly one bank, and only on its own path, whether or not that path's bank exists. */
function allowBank(request: FastifyRequest, caller: Principal): void {
  const own = banksOf(caller)
  const named = bankInPath(request) ?? own[0]
  if (own.length === 1 && own[0] === named) return
  throw new Refusal('FORBIDDEN', `The token must have exactly one bank scope, and it must be bank:${named ?? '{CODE}'}`)
}

async function inquire(hub: Hub, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const caller = callerOf(request)
  const own = banksOf(caller)
  const code = bankInPath(request) ?? (own.length === 1 ? own[0] : undefined)
  if (code !== undefined) activeBank(hub, code)
  const query = readQuery(request)
  const { payment, stale } = await inquireBill(hub, askerOf(request), {
    query,
    bankCode: code,
    channel: 'COUNTER',
    fresh: false,
  })
  const data = {
    id: payment.number,
    policyNumber: payment.billNumber,
    payer: seesNames(caller) ? payment.payer.name : maskName(payment.payer.name),
    amount: jsonAmount(payment.amount),
    currency: payment.amount.currency,
    dueDate: payment.billKey,
    ...(stale ? { stale: true } : {}),
  }
  return sendSuccess(reply, data, hub.clock.now())
}

function readQuery(request: FastifyRequest): string {
  const { query } = request.query as { query?: unknown }
  if (typeof query === 'string' && /^[A-Za-z0-9]{1,10}$/.test(query)) return query
  const got = query === undefined || query === '' ? 'is required' : `"${String(query).slice(0, 40)}" is refused`
  throw new Refusal('BAD_REQUEST', 'The query is not a policy or application number', {
    details: { query: `${got}: send 1 to 10 letters and digits, once` },
  })
}

async function confirm(hub: Hub, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return timed(hub, request, reply, 'bill', async (at) => {
    const confirmed = await confirmBill(hub, askerOf(request), at, messageOf(request))
    return {
      transactionId: confirmed.bankTransactionId,
      paymentReferenceId: String(confirmed.paymentNumber),
      status: 'CONFIRMED',
      message: 'Payment successfully processed',
    }
  })
}

async function notify(hub: Hub, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return timed(hub, request, reply, 'khqr', async (at) => {
    const message = messageOf(request)
    const judgement = await takeWebhook(hub, askerOf(request), at, message)
    if (judgement.kind === 'refused') throw judgement.refusal
    const reading = at.bank.readWebhook(message, hub.clock.now())
    const reference = reading.ok ? reading.claims.reference : reading.reference
    return {
      transactionId: `${at.code}_KHQR_${reference ?? ''}`,
      ...(judgement.kind === 'confirmed'
        ? { status: 'CONFIRMED', message: 'KHQR payment successfully processed' }
        : { status: 'RECEIVED', message: judgement.sentence }),
    }
  })
}

function messageOf(request: FastifyRequest): { contentType: string | undefined; body: Buffer } {
  return { contentType: request.givenContentType, body: rawBody(request) }
}

/** A bank message: its verdict and its time are counted, whatever they are. */
async function timed(
  hub: Hub,
  request: FastifyRequest,
  reply: FastifyReply,
  route: 'bill' | 'khqr',
  act: (at: BankAtWork) => Promise<object>,
): Promise<FastifyReply> {
  const code = bankInPath(request) ?? banksOf(callerOf(request))[0] ?? ''
  const startedMs = hub.clock.monotonicMs()
  try {
    const at = knownBank(hub, code)
    refuseStrangers(hub, request, at)
    const data = await act(at)
    sendSuccess(reply, data, hub.clock.now())
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    sendRefusal(reply, error, hub.clock.now())
  } finally {
    const bank = hub.banks.has(code) ? code : 'unknown'
    hub.metrics.webhookSeconds.observe({ bank, route }, (hub.clock.monotonicMs() - startedMs) / 1_000)
    hub.metrics.webhookVerdicts.inc({ bank, route, status: String(reply.statusCode) })
  }
  return reply
}

/** The right token from the wrong place is a stolen one. */
function refuseStrangers(hub: Hub, request: FastifyRequest, at: BankAtWork): void {
  if (at.allows === undefined || at.allows(request.ip)) return
  noteSecurityEvent(hub, {
    kind: 'wrong_address',
    actor: `bank ${at.code} from address ${request.ip}`,
    object: `${request.method} ${request.routeOptions.url ?? ''}`,
    sentence: "A message with a bank's token came from an address that is not the bank's.",
    correlationId: request.id,
  })
  throw new Refusal('FORBIDDEN', `Messages of ${at.code} are not taken from this address`)
}

/** Notices go on for a bank that was switched off (clause 8); only an unknown one is refused. */
function knownBank(hub: Hub, code: string): BankAtWork {
  const at = hub.banks.get(code)
  if (!at) throw new Refusal('BANK_NOT_FOUND', 'No such bank', { details: `Bank: ${code.slice(0, 40)}` })
  return at
}

function activeBank(hub: Hub, code: string): BankAtWork {
  const at = knownBank(hub, code)
  if (!at.active) throw new Refusal('BANK_NOT_FOUND', 'The bank is not active', { details: `Bank: ${code}` })
  return at
}
