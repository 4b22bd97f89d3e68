import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../domain/errors.ts'
import type { Clock } from '../kit/clock.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { errorBody } from './envelope.ts'
import { answerRefusal } from './problem.ts'

/** A path that no router can read (`/%zz`), or one of its parts longer than any id: refused before any hook runs. */
export function answerUnreadablePath(clock: Clock) {
  return (error: { readonly code: string }, request: FastifyRequest, reply: FastifyReply): void => {
    reply.header('X-Request-ID', request.id).header('Cache-Control', 'no-store')
    const refusal =
      error.code === 'FST_ERR_BAD_URL'
        ? new Refusal('BAD_REQUEST', 'The path cannot be read', { details: 'A % must be followed by two hex digits' })
        : new Refusal('RESOURCE_NOT_FOUND', 'No such path')
    answerRefusal(reply, refusal, clock.now())
  }
}

/** Bytes that are not HTTP, headers above Node's limit, a request that never ends: there is no request to reply to. */
export function answerUnreadableBytes(clock: Clock) {
  return (error: { readonly code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const sentence = sentences[error.code ?? ''] ?? 'The request is not HTTP that can be read'
    const id = newCorrelationId()
    const body = errorBody(new Refusal('BAD_REQUEST', sentence), id, clock.now())
    const head = [
      'HTTP/1.1 400 Bad Request',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      `X-Request-ID: ${id}`,
      'Connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
}

const sentences: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'Path and headers together are longer than 16 KB',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not come whole within 30 seconds',
}
