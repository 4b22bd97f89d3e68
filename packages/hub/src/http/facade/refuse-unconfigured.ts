import { Refusal } from '../../domain/errors.ts'

/** Throws the documents' own sentence for a gateway that has no merchant key, or no bank that takes top-ups. */
export function refuseUnconfigured(): never {
  throw new Refusal('SERVER_UNAVAILABLE', 'KHQR payment gateway is not configured properly')
}
