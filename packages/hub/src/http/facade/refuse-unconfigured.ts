import { Refusal } from '../../domain/errors.ts'
import type { FacadeWorld } from './facade.ts'

/** Whether codes of the older documents can be made at all: there is a merchant key, and a method, switched on or off. */
export function isConfigured({ hub, merchantKey }: FacadeWorld): boolean {
  return merchantKey !== undefined && [...hub.banks.values()].some((at) => at.policy.takesTopups)
}

/** Throws the documents' own sentence for a gateway that has no merchant key, or no bank for what is asked. */
export function refuseUnconfigured(): never {
  throw new Refusal('SERVER_UNAVAILABLE', 'KHQR payment gateway is not configured properly')
}
