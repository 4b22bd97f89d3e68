import type { FastifyReply } from 'fastify'
import { Refusal } from '../domain/errors.ts'

// Of the surfaces without the envelope of the insurance surfaces: orders and top-ups.

/** An answer that is written already. */
export function sendBare(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body)
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
