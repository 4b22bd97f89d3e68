import type { TokenHealth } from '../banks/bank.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { claimTokenLook, endTokenLook } from '../store/bank-tokens.ts'
import type { BankAtWork, Hub } from './hub.ts'

/** A process that dies while it looks keeps the others waiting for so long. Longer than all calls of a look together. */
const leaseS = 60
const lookAgainMs = 500

/**
 * Has every bank that has a long-lived token look after it: renewed before it ends. Switched-off banks too, as their money
 * is still looked for (clause 8). What one bank's look comes to is nothing to the others; the next look is the next remedy.
 */
export async function keepTokens(hub: Hub, signal: AbortSignal): Promise<number> {
  await Promise.all([...hub.banks.values()].map((at) => keepToken(hub, at, signal)))
  return 0
}

async function keepToken(hub: Hub, at: BankAtWork, signal: AbortSignal): Promise<void> {
  if (!at.bank.keepToken) return
  // Every process looks, as each shows what it found; one after the other, as two must not renew at once.
  while (!(await claimTokenLook(hub.db, at.code, leaseS))) {
    if (signal.aborted) return
    await hub.clock.wait(lookAgainMs)
  }
  const about = { bank: at.code, correlationId: newCorrelationId() }
  try {
    const health = await at.bank.keepToken({ correlationId: about.correlationId })
    showEnd(hub, at.code, health)
    tell(hub, at, health, { ...about, fingerprint: health.fingerprint, endsAt: health.endsAt?.toISOString() })
  } catch (error) {
    if (error instanceof Trouble)
      hub.log.warn({ event: 'token.unchecked', ...about, err: error }, 'A bank could not be asked for a new token.')
    else hub.log.error({ event: 'token.failed', ...about, err: error }, 'A bank’s token could not be looked after.')
  } finally {
    await endTokenLook(hub.db, at.code)
  }
}

/** A token that does not work has ended, whatever it says itself. */
function showEnd(hub: Hub, bank: string, { state, endsAt }: TokenHealth): void {
  const works = state !== 'missing' && state !== 'refused'
  if (!works) hub.metrics.bankTokenEndsAt.set({ bank }, 0)
  else if (endsAt) hub.metrics.bankTokenEndsAt.set({ bank }, Math.floor(endsAt.getTime() / 1_000))
}

function tell(hub: Hub, at: BankAtWork, health: TokenHealth, about: object): void {
  if (health.renewed) hub.log.info({ event: 'token.renewed', ...about }, health.sentence)
  if (health.state === 'ends_soon') hub.log.warn({ event: 'token.ends_soon', ...about }, health.sentence)
  if (health.state === 'ended') hub.log.error({ event: 'token.ended', ...about }, health.sentence)
  if (health.state === 'refused') hub.log.error({ event: 'token.refused', ...about }, health.sentence)
  // A bank that was never switched on needs none yet.
  if (health.state === 'missing' && at.active) hub.log.error({ event: 'token.missing', ...about }, health.sentence)
}
