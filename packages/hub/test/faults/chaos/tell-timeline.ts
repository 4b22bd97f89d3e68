import type { Db } from '../../../src/store/db.ts'
import { readTimeline } from '../../../src/store/timeline.ts'
import type { Finding } from './compare-books.ts'
import type { Deed } from './customers.ts'
import { type Fault, showFault } from './fault-log.ts'

/** Faults so long before and after the payment's days belong to its story. */
const aroundMs = 15_000

/** Everything that happened to the payment of a finding, in one order: what we know, what the customer did, which faults. */
export async function tellTimeline(
  db: Db,
  finding: Finding,
  deeds: readonly Deed[],
  faults: readonly Fault[],
): Promise<string> {
  if (finding.payment === undefined) return `${finding.kind}: ${finding.sentence}`
  const rows = await readTimeline(db, finding.payment)
  const bill = deeds.find((deed) => deed.payment === finding.payment)?.bill
  const theirs = deeds.filter((deed) => deed.payment === finding.payment || (bill !== undefined && deed.bill === bill))
  const told = [
    ...rows.map(({ at, what, sentence }) => ({ at: at?.getTime() ?? 0, line: `hub       ${what}: ${sentence}` })),
    ...theirs.map(({ at, what }) => ({ at, line: `customer  ${what}` })),
  ]
  const times = told.map(({ at }) => at).filter((at) => at > 0)
  const [from, until] = [Math.min(...times) - aroundMs, Math.max(...times) + aroundMs]
  const near = faults.filter((fault) => fault.endedAt > from && fault.startedAt < until)
  const lines = [...told, ...near.map((fault) => ({ at: fault.startedAt, line: `fault     ${showFault(fault)}` }))]
    .sort((a, b) => a.at - b.at)
    .map(({ at, line }) => `  ${new Date(at).toISOString().slice(11, 23)} ${line}`)
  return [`${finding.kind}: ${finding.sentence}`, ...lines].join('\n')
}
