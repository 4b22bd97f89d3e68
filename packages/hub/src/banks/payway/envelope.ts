import { decimalText, isJsonObject } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import { redactText } from '../../kit/redact.ts'
import { Doubt, parseAnswer, shown } from '../answer.ts'

/** What every answer carries: PayWay's own code, which only says how the question was answered. */
export type Envelope = {
  /** As it is written: "00", "0", "6", "PTL36". */
  readonly code: string
  /** PayWay's own words, at most 200 characters; empty where there are none. */
  readonly message: string
  readonly body: JsonObject
}

/**
 * Reads an answer by what it is: pages come instead of JSON for most options of a purchase, and for many errors. Never
 * throws for what it gets.
 */
export function readEnvelope({ headers, body }: Pick<HttpAnswer, 'headers' | 'body'>): Envelope | { doubt: string } {
  const text = body.toString('utf8')
  if (/^text\/html\b/i.test(headers['content-type']?.trim() ?? '') || text.trimStart().startsWith('<')) {
    return { doubt: 'the answer is a page of HTML' }
  }
  try {
    return envelopeOf(parseAnswer(text))
  } catch (error) {
    if (error instanceof Doubt) return { doubt: error.message }
    throw error
  }
}

/** `status: {code, message, tran_id}`; elsewhere the code stands alone, as `status` or `code`, and may be a number. */
function envelopeOf(body: JsonObject): Envelope {
  const { status } = body
  const inner = isJsonObject(status) ? status : body
  const said = isJsonObject(status) ? status['code'] : (body['code'] ?? status)
  const code = decimalText(said)
  if (code === undefined || !/^[A-Za-z]{0,6}\d{1,6}$/.test(code)) {
    throw new Doubt(`the answer's code is ${shown(said)}, which is none`)
  }
  const message = inner['message'] ?? body['message'] ?? body['description']
  return { code, message: typeof message === 'string' ? oneLine(message) : '', body }
}

function oneLine(text: string): string {
  return redactText(text.slice(0, 200))
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
}
