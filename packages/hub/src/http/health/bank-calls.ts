import type { Allowance } from '../../banks/keeping.ts'
import type { Hub } from '../../flows/hub.ts'

/** Health is asked when the database is slow, too: what is not there by then is left out. */
const readWithinMs = 1_000

/** What is left of the day's status calls, for every bank that counts them; a bank that cannot say is left out. */
export async function readAllowances(hub: Hub): Promise<ReadonlyMap<string, Allowance>> {
  const found = await Promise.all(
    [...hub.banks.values()].map(async (at) => {
      if (!at.bank.allowance) return []
      const reading = at.bank.allowance().catch((error: unknown) => {
        hub.log.debug({ event: 'allowance.unread', bank: at.code, err: error }, 'An allowance could not be read.')
      })
      const allowance = await Promise.race([reading, hub.clock.wait(readWithinMs)])
      return allowance ? [[at.code, allowance] as const] : []
    }),
  )
  return new Map(found.flat())
}

/** Sets the figures of the moment; without an answer the last ones stay. */
export async function gaugeCalls(hub: Hub): Promise<void> {
  for (const [bank, { perDay, left, spent, latched }] of await readAllowances(hub)) {
    hub.metrics.bankCallsAllowed.set({ bank }, perDay)
    hub.metrics.bankCallsLeft.set({ bank }, left)
    hub.metrics.bankCallsSpent.set({ bank }, spent)
    hub.metrics.bankCallsLatched.set({ bank }, latched ? 1 : 0)
  }
}

/** The allowance as `/actuator/health` shows it beside the bank. */
export function callsView({ perDay, left, latched, resetsAt }: Allowance) {
  return { perDay, left, latched, resetsAt: resetsAt.toISOString() }
}
