import type { FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import { Value } from 'typebox/value'
import { Refusal } from '../domain/errors.ts'
import { decimalText, isJsonObject, JsonError, parseExactJson } from '../kit/json.ts'
import { isJsonMediaType } from '../kit/media-type.ts'
import { rawBody } from './server.ts'

/** What is wrong: a sentence for each field. A map, because a field may be called `__proto__`. */
export type FieldErrors = ReadonlyMap<string, string>

/** The request's JSON object, not yet held against any schema. Throws UNSUPPORTED_MEDIA_TYPE or BAD_REQUEST. */
export function readJsonBody(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const bytes = rawBody(request)
  if (bytes.length === 0) throw new Refusal('BAD_REQUEST', 'The request has no body', { details: 'Send a JSON object' })
  if (!isJsonMediaType(request.givenContentType))
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON', {
      details: 'Send Content-Type: application/json',
    })
  const body = parse(bytes)
  if (!isJsonObject(body)) throw new Refusal('BAD_REQUEST', 'The body is not a JSON object')
  return { ...body, ...Object.fromEntries(numbersToo.flatMap((name) => asText(name, body[name]))) }
}

/** An amount and a payment's number are texts; as numbers they are read too, digit by digit. */
const numbersToo = ['amount', 'payment', 'total']

function asText(name: string, value: unknown): [string, string][] {
  const text = decimalText(value)
  return text === undefined ? [] : [[name, text]]
}

function parse(bytes: Buffer): unknown {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const why = error instanceof JsonError ? error.message : 'is not valid UTF-8'
    throw new Refusal('BAD_REQUEST', `The body ${why}`, { cause: error })
  }
}

/** What a schema finds wrong with a value: one sentence for each field. A property that it does not know is wrong. */
export function errorsOf(schema: TObject, value: unknown): FieldErrors {
  const errors = new Map<string, string>()
  const complain = (field: string, sentence: string) => {
    if (!errors.has(field)) errors.set(field, sentence)
  }
  for (const error of Value.Errors(schema, value)) {
    const field = (error.instancePath.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
    if (error.keyword === 'required') {
      const { requiredProperties = [] } = error.params as { requiredProperties?: readonly string[] }
      for (const name of requiredProperties) complain(name, `is required, and ${hintOf(schema, name)}`)
    } else if (error.keyword === 'boolean') complain(field, 'is not known here: remove it, or correct its name')
    else if (field !== '')
      complain(field, `is ${shown((value as Record<string, unknown>)[field])}, and ${hintOf(schema, field)}`)
  }
  return errors
}

/** Throws BAD_REQUEST with all that is wrong at once. */
export function refuseErrors(...all: readonly FieldErrors[]): void {
  const errors = Object.fromEntries(all.flatMap((some) => [...some]).map(([field, why]) => [field.slice(0, 60), why]))
  const fields = Object.keys(errors)
  if (fields.length === 0) return
  throw new Refusal('BAD_REQUEST', `The request is not right: see ${fields.slice(0, 10).join(', ')}`, {
    details: errors,
  })
}

/** A value that `errorsOf` found nothing wrong with. */
export function asRead<Schema extends TObject>(_schema: Schema, value: unknown): Static<Schema> {
  return value as Static<Schema>
}

/** Every field's description begins with "must". */
function hintOf(schema: TObject, field: string): string {
  const part = schema.properties[field] as { readonly description?: string } | undefined
  return part?.description ?? 'must be of the right form'
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}
