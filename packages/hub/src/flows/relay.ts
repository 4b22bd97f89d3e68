import { checkpoint } from '../kit/checkpoint.ts'
import { finishCredits } from '../store/credits.ts'
import { claimDeliveries, type Delivery, postpone } from '../store/deliveries.ts'
import { creditPremiums } from './credit-premium.ts'
import type { Hub } from './hub.ts'

/** How many deliveries one claim takes, and how long a claim holds: longer than every call a delivery makes. */
const batch = 32
const leaseS = 60

/** First wait after a failure, doubled each time up to the longest. A premium is retried for as long as it takes. */
const firstWaitS = 1
const longestWaitS = 300

/**
 * Hands due events to the integration consumer: per payment in order, at least once. Answers how many were claimed, so
 * that the caller goes on while there are more.
 */
export async function relay(hub: Hub): Promise<number> {
  const deliveries = await claimDeliveries(hub.db, 'integration', batch, leaseS)
  if (deliveries.length === 0) return 0
  checkpoint('relay:claimed')
  const results = await creditPremiums(hub, deliveries)
  const done = results.flatMap((result) => (result.kind === 'done' ? [result.credited] : []))
  checkpoint('relay:before-finish')
  if (done.length > 0) await finishCredits(hub.db, 'integration', done)
  for (const result of results) if (result.kind === 'again') await putOff(hub, result.delivery, result.why)
  return deliveries.length
}

async function putOff(hub: Hub, delivery: Delivery, why: string): Promise<void> {
  const waitS = Math.min(longestWaitS, firstWaitS * 2 ** Math.min(delivery.tries - 1, 20))
  hub.log.warn(
    {
      event: 'credit.postponed',
      paymentNumber: delivery.paymentNumber,
      tries: delivery.tries,
      waitS,
      why,
      correlationId: delivery.correlationId,
    },
    'The policy system could not be told yet; it is tried again.',
  )
  await postpone(hub.db, 'integration', delivery.position, waitS, why)
}
