import type { EventType } from '../domain/events.ts'
import { checkpoint } from '../kit/checkpoint.ts'
import { finishCreditNotes } from '../store/credit-notes.ts'
import { finishCredits } from '../store/credits.ts'
import { claimDeliveries, type Delivery, markDelivered, postpone } from '../store/deliveries.ts'
import { type NewCase, write } from '../store/writes.ts'
import { creditPremiums } from './credit-premium.ts'
import type { Hub } from './hub.ts'
import { type PutOff, postponed } from './put-off.ts'
import { tellCustomers } from './tell-customer.ts'
import { writeCreditNotes } from './write-credit-note.ts'

const sink = 'integration'
/** How many deliveries one claim takes, and how long a claim holds: longer than every call a delivery makes. */
const batch = 32
export const leaseS = 60

/** First wait after a failure, doubled each time up to the longest. A premium is retried for as long as it takes. */
const firstWaitS = 1
const longestWaitS = 300

/** What the integration consumer does about each kind of event it is told of. */
const consumers: Partial<Record<EventType, (hub: Hub, deliveries: readonly Delivery[]) => Promise<void>>> = {
  'gateway.payment.success': relayCredits,
  'gateway.payment.refunded': relayCreditNotes,
}

/**
 * Hands due events to the integration consumer: per payment in order, at least once; and while it has nothing to hear, to
 * whoever tells customers. Answers how many were claimed, so that the caller goes on while there are more.
 */
export async function relay(hub: Hub): Promise<number> {
  const deliveries = await claimDeliveries(hub.db, sink, batch, leaseS)
  if (deliveries.length === 0) return tellCustomers(hub)
  checkpoint('relay:claimed')
  const byType = Map.groupBy(deliveries, ({ type }) => type)
  for (const [type, consume] of Object.entries(consumers)) {
    const own = byType.get(type) ?? []
    if (own.length > 0) await consume(hub, own)
    byType.delete(type)
  }
  const strange = [...byType.values()].flat()
  await putAllOff(
    hub,
    strange.map((delivery) => postponed(delivery, `nobody here takes events of the type ${delivery.type}`)),
  )
  return deliveries.length
}

async function relayCredits(hub: Hub, deliveries: readonly Delivery[]): Promise<void> {
  const results = await creditPremiums(hub, deliveries)
  const done = results.flatMap((result) => (result.kind === 'done' ? [result.credited] : []))
  await raise(hub, results)
  checkpoint('relay:before-finish')
  if (done.length > 0) await finishCredits(hub.db, sink, done)
  await putAllOff(hub, results)
}

async function relayCreditNotes(hub: Hub, deliveries: readonly Delivery[]): Promise<void> {
  const results = await writeCreditNotes(hub, deliveries)
  const done = results.flatMap((result) => (result.kind === 'done' ? [result.noted] : []))
  await raise(hub, results)
  checkpoint('relay:before-finish')
  if (done.length > 0) await finishCreditNotes(hub.db, sink, done)
  for (const result of results) if (result.kind === 'nothing') await markDelivered(hub.db, sink, result.position)
  await putAllOff(hub, results)
}

/** Cases are written before their deliveries end or wait on: a crash in between raises the same case again, which is one. */
async function raise(hub: Hub, results: readonly { readonly cases: readonly NewCase[] }[]): Promise<void> {
  const cases = results.flatMap((result) => result.cases)
  if (cases.length > 0) await write(hub.db, { cases })
}

async function putAllOff(
  hub: Hub,
  results: readonly (PutOff | { readonly kind: 'done' | 'nothing' })[],
): Promise<void> {
  for (const result of results) if (result.kind === 'again') await putOff(hub, result)
}

async function putOff(hub: Hub, { delivery, why, cases }: PutOff): Promise<void> {
  const doublings = Math.min(delivery.tries - 1, 20)
  // What waits for a person is asked about slowly.
  const waitS = cases.length > 0 ? longestWaitS : Math.min(longestWaitS, firstWaitS * 2 ** doublings)
  hub.log.warn(
    {
      event: 'credit.postponed',
      type: delivery.type,
      paymentNumber: delivery.paymentNumber,
      tries: delivery.tries,
      waitS,
      why,
      correlationId: delivery.correlationId,
    },
    'The policy system could not be told yet; it is tried again.',
  )
  await postpone(hub.db, sink, delivery, waitS, why)
}
