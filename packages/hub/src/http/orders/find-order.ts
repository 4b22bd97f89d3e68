import type { FastifyRequest } from 'fastify'
import { Refusal } from '../../domain/errors.ts'
import type { Hub } from '../../flows/hub.ts'
import { noteSecurityEvent } from '../../flows/note-security-event.ts'
import { type Order, readOrder } from '../../store/orders.ts'
import { callerOf } from '../server.ts'

const uuidPattern = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** The order with this uuid; undefined for any other text. */
export async function findByUuid(hub: Hub, text: unknown): Promise<Order | undefined> {
  return typeof text === 'string' && uuidPattern.test(text)
    ? readOrder(hub.db, { uuid: text.toLowerCase() })
    : undefined
}

/** The order with this uuid, or else with this number. */
export async function findByUuidOrNumber(hub: Hub, text: unknown): Promise<Order | undefined> {
  if (typeof text !== 'string' || text === '' || text.length > 128) return undefined
  return (await findByUuid(hub, text)) ?? readOrder(hub.db, { orderNumber: text })
}

/** Whether the caller may see and pay orders of others: a shop, with one of these scopes. */
export function isShop(request: FastifyRequest, scopes: readonly string[]): boolean {
  const { caller } = request
  return !(caller instanceof Refusal) && scopes.some((scope) => caller.scopes.has(scope))
}

/** Throws FORBIDDEN, and notes the step out of scope, where a customer asks for an order of somebody else. */
export function refuseOthers(hub: Hub, request: FastifyRequest, order: Order, shops: readonly string[]): void {
  const caller = callerOf(request)
  if (isShop(request, shops) || order.customerId === caller.subject) return
  const sentence = "The order is another customer's"
  noteSecurityEvent(hub, {
    kind: 'out_of_scope',
    actor: `${caller.kind} ${caller.subject}`,
    object: `${request.method} ${request.routeOptions.url ?? ''}`,
    sentence: `${sentence}: ${order.orderNumber}`,
    correlationId: request.id,
  })
  throw new Refusal('FORBIDDEN', sentence)
}

export function noSuchOrder(name: string): Refusal {
  return new Refusal('RESOURCE_NOT_FOUND', 'No such order', { details: name.slice(0, 100) })
}
