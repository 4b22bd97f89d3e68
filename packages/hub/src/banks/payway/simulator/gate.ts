import { invalid, json, refused, type Style } from './answers.ts'
import type { Book } from './book.ts'
import { hashOf, isSame, type Operation } from './hash.ts'
import { isNow } from './payway-time.ts'
import type { Answer, Fault, Ports, Route, RouteRequest } from './ports.ts'
import type { Rates } from './rates.ts'
import { type Fields, readFields } from './request-fields.ts'
import type { PaywaySimulatorSettings } from './settings.ts'

/** What every operation of the played PayWay is made of. */
export type Payway = {
  readonly code: string
  readonly settings: PaywaySimulatorSettings
  readonly book: Book
  readonly rates: Rates
  readonly ports: Ports
}

/** Faults that every signed call can have besides those of plain HTTP. */
const everyonesFaults = ['wrong-hash', 'key-expired', 'not-whitelisted', 'code', 'quota'] as const

type Signed = {
  readonly operation: Operation
  readonly path: string
  readonly style: Style
  /** What it calls a merchant it does not know. */
  readonly strangerCode: string
  readonly required: readonly string[]
  readonly perMinute?: number
  readonly plays?: readonly string[]
  /** How refusals of it look, where that is not as its style has it. */
  readonly dress?: (answer: Answer, fields: Fields) => Answer
  readonly answer: (fields: Fields, request: RouteRequest) => Answer
}

/**
 * A signed call: first the form of what was sent, then whose it is, then its signature, then its rate. PayWay takes POST
 * alone; a GET says 405.
 */
export function signedRoute(payway: Payway, call: Signed): Route[] {
  const { operation, path } = call
  const plays = [...everyonesFaults, ...(call.plays ?? [])]
  return [
    { operation, path, method: 'POST', plays, handle: (request) => handle(payway, call, request) },
    { operation, path, method: 'GET', plays, handle: () => notAllowed },
  ]
}

const notAllowed = json(405, { message: 'The GET method is not supported for this route. Supported methods: POST.' })

function handle(payway: Payway, call: Signed, request: RouteRequest): Answer {
  const fields = readFields(request)
  if (!fields) return json(415, { message: 'Send JSON, application/x-www-form-urlencoded or multipart/form-data.' })
  const refusal = refuse(payway, call, fields, request.fault)
  if (refusal) return call.dress?.(refusal, fields) ?? refusal
  return call.answer(fields, request)
}

function refuse(payway: Payway, call: Signed, fields: Fields, fault: Fault | undefined): Answer | undefined {
  const { style, operation } = call
  const timeField = style === 'portal' ? 'request_time' : 'req_time'
  const isOld = operation === 'check-old' && fields[timeField] === undefined
  for (const name of ['merchant_id', ...(isOld ? [] : [timeField]), 'hash', ...call.required]) {
    if ((fields[name] ?? '') === '') return invalid(style, name, `The ${name.replaceAll('_', ' ')} field is required.`)
  }
  if (!isOld && !isNow(fields[timeField] ?? '', payway.ports.nowMs())) {
    return invalid(style, timeField, `The ${timeField} is not the time of now in UTC (YYYYMMDDHHmmss).`)
  }
  if (fault?.kind === 'not-whitelisted') {
    return refused(style, style === 'portal' ? 'PTL62' : '6', { message: 'Requested Domain is not in whitelist.' })
  }
  if (fields['merchant_id'] !== payway.settings.merchantId) return refused(style, call.strangerCode)
  const signedBy = keyUnder(payway.settings, call.operation, fields)
  const isRight = signedBy === (fault?.kind === 'key-expired' ? 'next' : 'current')
  if (fault?.kind === 'key-expired' && signedBy === 'current')
    return refused(style, style === 'portal' ? 'PTL171' : '21')
  if (!isRight || fault?.kind === 'wrong-hash') return refused(style, style === 'portal' ? 'PTL02' : '1')
  if (fault?.kind === 'code') return refused(style, String(fault.value ?? (style === 'portal' ? 'PTL58' : 11)))
  const isWithinRate = call.perMinute === undefined || payway.rates.take(operation, call.perMinute)
  if (!isWithinRate || fault?.kind === 'quota') return refused(style === 'flat' ? 'flat' : 'number', '429')
  return undefined
}

function keyUnder(
  settings: PaywaySimulatorSettings,
  operation: Operation,
  fields: Fields,
): 'current' | 'next' | undefined {
  const hash = fields['hash'] ?? ''
  if (isSame(hash, hashOf(operation, fields, settings.apiKey))) return 'current'
  const { nextApiKey } = settings
  return nextApiKey !== undefined && isSame(hash, hashOf(operation, fields, nextApiKey)) ? 'next' : undefined
}
