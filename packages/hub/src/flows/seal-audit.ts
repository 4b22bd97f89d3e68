import { sealAudit as seal } from '../store/audit.ts'
import type { Hub } from './hub.ts'

/** Rows per statement: what waits longer than a statement may take is sealed in the next one. */
const batch = 1_000

/** Chains the audit rows that are not sealed yet, in order. Answers how many. */
export function sealAudit(hub: Pick<Hub, 'db'>): Promise<number> {
  return seal(hub.db, batch)
}
