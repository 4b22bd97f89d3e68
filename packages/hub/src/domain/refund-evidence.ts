/** What a bank that knows no ids of ours says it has sent back of one movement, and what we know. All in minor units. */
export type RefundEvidence = {
  /** In all. */
  readonly goneMinor: bigint
  /** One by one; empty where it tells the sum only. */
  readonly listedMinor: readonly bigint[]
  /** What was gone in all just before ours was sent. */
  readonly baselineMinor: bigint
  readonly amountMinor: bigint
  /** Other refunds of ours that it has sent before, of the same movement. */
  readonly earlierMinor: readonly bigint[]
}

/**
 * Whether ours was sent. The sum alone tells that only when it grew by exactly ours: others may refund the same movement at
 * its counter, and what grew by more may hold ours or not.
 */
export function weighRefund(evidence: RefundEvidence): 'sent' | 'not_sent' | 'unclear' {
  const { goneMinor, listedMinor, baselineMinor, amountMinor, earlierMinor } = evidence
  const grownMinor = goneMinor - baselineMinor
  if (grownMinor < amountMinor) return 'not_sent'
  if (listedMinor.length > 0) {
    const isOurs = (minor: bigint): boolean => minor === amountMinor
    return listedMinor.filter(isOurs).length > earlierMinor.filter(isOurs).length ? 'sent' : 'not_sent'
  }
  return grownMinor === amountMinor ? 'sent' : 'unclear'
}
