import { createHmac } from 'node:crypto'
import { sha256Hex, timingSafeEqualText } from '../../kit/crypto.ts'
import { utf8Text } from '../../kit/exchange.ts'
import { readFormFields } from '../../kit/form.ts'
import { decimalText, isJsonObject, parseExactJson } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import { readId } from '../answer.ts'
import type { Callbacks, CallbackReading, CallbackVerdict, RawCallback } from '../callback.ts'
import type { Parts } from './api.ts'
import type { PaywaySettings } from './settings.ts'
import { signPayway } from './sign.ts'

const path = '/api/payway/v2/webhook'
/** Header of each profile's signature. */
const signatureHeaders = { default: 'x-payway-hmac-sha512', 'raw-body': 'x-payway-signature' } as const

/** Where PayWay tells of payments of this merchant id; undefined where no origin is set: it is told no address. */
export function callbackUrl({ callbackOrigin, merchants }: PaywaySettings, merchantId: string): string | undefined {
  if (callbackOrigin === undefined) return undefined
  const part = merchants.get(merchantId)?.callbackPart
  return `${callbackOrigin}${path}${part === undefined ? '' : `/${part}`}`
}

export function createCallbacks({ settings, log }: Pick<Parts, 'settings' | 'log'>): Callbacks {
  return {
    path,
    accountOf: (part) => accountOf(settings, part),
    read(message, accountNumber) {
      const reading = readCallback(settings, message, accountNumber)
      if (settings.logsAllEvents) {
        const { authenticity, isReplayed, reference } = reading
        const about = { bank: settings.code, merchantId: accountNumber, authenticity, isReplayed, reference }
        log.info({ event: 'callback.read', ...about }, `A callback of ${settings.code} was read.`)
      }
      return reading
    },
    answer: (verdict) => answers[settings.callbackProfile][verdict],
  }
}

/** Every merchant id is compared: how long it takes says nothing. */
function accountOf({ merchants }: PaywaySettings, part: string | undefined): string | undefined {
  const all = [...merchants.values()]
  if (part === undefined) return all.length === 1 ? all[0]?.merchantId : undefined
  const named = all.filter(
    ({ callbackPart }) => timingSafeEqualText(callbackPart ?? '', part) && callbackPart !== undefined,
  )
  return named[0]?.merchantId
}

type Told = { readonly status: number; readonly body: string }

const taken: Told = {
  status: 200,
  body: '{"success":true,"message":"Webhook processed successfully"}',
}
const refused: Told = { status: 403, body: '{"success":false,"message":"Invalid signature"}' }

/** For PayWay anything but 2xx is a failure; the documents of the other profile promise 409 for a message told again. */
const answers: Record<PaywaySettings['callbackProfile'], Record<CallbackVerdict, Told>> = {
  default: { taken, repeated: taken, refused },
  'raw-body': {
    taken,
    repeated: { status: 409, body: '{"success":false,"message":"Webhook already processed"}' },
    refused,
  },
}

/** A message as it can be read: `forms` are the shapes in which its signature may have been made, its own first. */
type Body = { readonly forms: readonly JsonObject[]; readonly fields: JsonObject }

function readCallback(settings: PaywaySettings, message: RawCallback, merchantId: string): CallbackReading {
  const keys = settings.merchants.get(merchantId)?.apiKeys ?? []
  const header = signatureHeaders[settings.callbackProfile]
  const given = message.headers[header]?.trim() ?? ''
  const body = readBody(message)
  const reference = body && readId(body.fields['tran_id'] ?? body.fields['transaction_id'])
  const unproved = (authenticity: 'invalid' | 'absent', sentence: string): CallbackReading => {
    return { authenticity, isReplayed: false, reference, fingerprint: undefined, sentence }
  }
  if (given === '') return unproved('absent', `it has no header ${header}`)
  if (!body) return unproved('invalid', 'its body is neither a JSON object nor a form')
  const isRaw = settings.callbackProfile === 'raw-body'
  const form = isRaw
    ? keys.some((key) => isRawSignature(given, message.body, key)) && body.fields
    : body.forms.find((one) => keys.some((key) => isSortedSignature(given, one, key)))
  if (!form) return unproved('invalid', `its header ${header} is not the signature of its body`)
  const content = isRaw ? message.body.toString('latin1') : signPayway('callback', form, '').hashInput
  if (isOfRequest(content, settings)) return unproved('invalid', 'its signature is that of a request of ours')
  const isReplayed = isRaw && isOld(body.fields['req_time'], message.receivedAt, settings.replayWindowMs)
  return {
    authenticity: 'valid',
    isReplayed,
    reference,
    fingerprint: fingerprintOf(merchantId, reference, readId(body.fields['webhook_id']), content),
    sentence: isReplayed ? 'its req_time is too far from now' : 'its signature is right',
  }
}

/**
 * Requests are signed with the same key over values that are joined without their names, and the form of PayWay's own page
 * shows one to whoever pays: cut anew into fields, it would pass for a callback. Every request begins with our merchant id,
 * or with its time and that; no callback does.
 */
function isOfRequest(content: string, { merchants }: PaywaySettings): boolean {
  const start = content.replace(/^\d{14}/, '')
  return [...merchants.keys()].some((merchantId) => content.startsWith(merchantId) || start.startsWith(merchantId))
}

/** One message is one, in whatever order its fields come: its own id, where it has one, else what was signed. */
function fingerprintOf(
  merchantId: string,
  reference: string | undefined,
  webhookId: string | undefined,
  content: string,
): string {
  const what = webhookId === undefined ? `message\n${content}` : `id\n${webhookId}`
  return sha256Hex(`${merchantId}\n${reference ?? ''}\n${what}`)
}

function isSortedSignature(given: string, form: JsonObject, key: string): boolean {
  return timingSafeEqualText(signPayway('callback', form, key).hash, given)
}

function isRawSignature(given: string, body: Buffer, key: string): boolean {
  return timingSafeEqualText(createHmac('sha512', Buffer.from(key, 'utf8')).update(body).digest('base64'), given)
}

/** JSON, a form, or a form whose field `response` holds the JSON; what the content type says is not relied upon. */
function readBody({ body, contentType }: RawCallback): Body | undefined {
  const text = utf8Text(body)
  if (text === undefined) return undefined
  const json = readObject(text)
  if (json) return { forms: [json], fields: json }
  const isMultipart = contentType?.trim().toLowerCase().startsWith('multipart/form-data') === true
  const fields = readFormFields(text, isMultipart ? contentType : 'application/x-www-form-urlencoded')
  if (!fields || (!isMultipart && !/^[\w.[\]%-]+=/.test(text))) return undefined
  const form = Object.fromEntries(fields)
  const inner = readObject(form['response'] ?? '')
  return inner ? { forms: [inner, form], fields: inner } : { forms: [form], fields: form }
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value = parseExactJson(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A `req_time` of the epoch in seconds or milliseconds, or as requests have it. None at all is not old. */
function isOld(value: unknown, now: Date, windowMs: number): boolean {
  const text = decimalText(value)
  if (text === undefined || text === '') return false
  const at = momentOf(text)
  return at === undefined || Math.abs(now.getTime() - at) > windowMs
}

function momentOf(text: string): number | undefined {
  if (/^\d{10}$/.test(text)) return Number(text) * 1_000
  if (/^\d{13}$/.test(text)) return Number(text)
  const [, year, month, day, hour, minute, second] = /^(20\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? []
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at) ? undefined : at
}
