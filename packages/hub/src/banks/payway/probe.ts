import type { CallContext, Probe } from '../../kit/call.ts'
import { askDone } from './api.ts'
import type { Parts } from './api.ts'
import { calls } from './calls.ts'

/** Whether PayWay answers: to a GET it says 405, which proves the path. */
export function probe({ guard, settings }: Parts, context: CallContext): Promise<Probe> {
  return guard.probe(settings.origin + calls['check-transaction'].path, context)
}

/** Asks for the exchange rate with the keys of every merchant id: signed, and without an effect. Throws `Trouble`. */
export async function checkCredentials(parts: Parts, context: CallContext): Promise<void> {
  for (const merchantId of parts.settings.merchants.keys()) {
    await askDone(parts, { operation: 'exchange-rate', merchantId, fields: {} }, context)
  }
}
