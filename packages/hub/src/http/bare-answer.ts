import type { FastifyReply } from 'fastify'
import { Refusal } from '../domain/errors.ts'

// Of the surfaces without the envelope of the insurance surfaces: orders, top-ups and the façade.

/** An answer that is written already. */
export function sendBare(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}

/** After so many seconds an operator may have mended our login at a bank. */
const loginMendedAfterS = 60

/**
 * A refusal as these surfaces tell it. That a bank refused our login is nothing that the caller's token has to do with:
 * his 401 is promised on GET /khqr alone, and here the bank cannot serve.
 */
export function toldBare(refusal: Refusal): Refusal {
  if (refusal.code !== 'FAILED_TO_AUTHENTICATE_WITH_BANK_PARTNER') return refusal
  const { message, details, retryAfterS = loginMendedAfterS } = refusal
  return new Refusal('SERVER_UNAVAILABLE', message, { details, retryAfterS, cause: refusal })
}

/** What is wrong, by field, in the form of these surfaces: a list for each. */
export function errorLists(details: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(details).map(([field, why]) => [field, [why]]))
}

/** Runs a route; fields that are wrong are 422 on these surfaces. A body that cannot be read at all stays 400. */
export async function withWrongFieldsUnprocessable<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'BAD_REQUEST' || typeof error.details === 'string') throw error
    throw new Refusal('UNPROCESSABLE', error.message, { details: error.details, cause: error })
  }
}
