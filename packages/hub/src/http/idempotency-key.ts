import type { FastifyRequest } from 'fastify'
import type { FieldErrors } from './read-input.ts'

const keyHint =
  'must be 1 to 255 visible ASCII characters, a fresh one for each request that should have an effect of its own'

/** The key of a request that should have one effect, and what is wrong with it. */
export function readIdempotencyKey(
  request: FastifyRequest,
  wanted: 'required' | 'honoured',
): { readonly key: string | undefined; readonly errors: FieldErrors } {
  const given = request.headers['idempotency-key']
  if (given === undefined && wanted === 'honoured') return { key: undefined, errors: new Map() }
  if (given === undefined)
    return { key: undefined, errors: new Map([['Idempotency-Key', `is required, and ${keyHint}`]]) }
  if (typeof given === 'string' && /^[\x21-\x7e]{1,255}$/.test(given)) return { key: given, errors: new Map() }
  return { key: undefined, errors: new Map([['Idempotency-Key', keyHint]]) }
}
