import { compareQr } from '../banks/qr-truth.ts'
import { md5Hex } from '../kit/crypto.ts'
import { isCurrency } from '../money/money.ts'
import type { Db } from '../store/db.ts'
import {
  findViolations,
  type InvariantName,
  invariants,
  mostSentences,
  readShownCodes,
  type ShownCode,
  type Violations,
} from '../store/invariants.ts'
import { longestUnsealedMs } from '../store/invariants/audit.ts'
import type { Hub } from './hub.ts'
import { walkAuditChain } from './verify-audit.ts'

/** Codes read at a time: decoding a page holds the process for some ten milliseconds. */
const page = 500

export type InvariantResult = {
  readonly name: InvariantName
  readonly means: string
  /** How many violations there are. */
  readonly found: number
  /** The first of them as sentences that say which rows. */
  readonly violations: readonly string[]
}

/** Where a check that is done in parts begins, how much it reads, and where the next one goes on. */
export type Window = { after: number; readonly most: number }

export type InvariantOrder = {
  /** Only these; all unless told. */
  readonly names?: readonly InvariantName[]
  /** Whether this bank writes our reference into its codes. */
  readonly writesReference: (bankCode: string) => boolean
  /** How long a hub has been running on this database, in milliseconds: rows of the audit log are sealed only then. */
  readonly hubRunsForMs?: number
  /** Codes and seals are read whole unless a window is given: it is moved on, and begins anew at the end. */
  readonly codes?: Window
  readonly seals?: Window
  readonly progress?: (name: InvariantName, read: number) => void
  /** Ends the check, which then throws. */
  readonly signal?: AbortSignal
}

/** Checks what holds always (4-money) against the database as it is now. Throws when a check cannot be made. */
export async function checkInvariants(db: Db, order: InvariantOrder): Promise<InvariantResult[]> {
  const results: InvariantResult[] = []
  for (const { name, means } of invariants) {
    if (order.names?.includes(name) === false) continue
    order.progress?.(name, 0)
    const { found, sentences } = await look[name](db, order)
    results.push({ name, means, found, violations: sentences.slice(0, mostSentences) })
  }
  return results
}

/** Which banks write our reference into their codes, by what they declare. */
export function referenceWriters(banks: Hub['banks']): InvariantOrder['writesReference'] {
  return (bankCode) => banks.get(bankCode)?.bank.describe().writesReference ?? false
}

type Look = (db: Db, order: InvariantOrder) => Promise<Violations>

const look: Readonly<Record<InvariantName, Look>> = {
  conservation: bySql('conservation'),
  zero_sum: bySql('zero_sum'),
  credited_once: bySql('credited_once'),
  monotone: bySql('monotone'),
  no_orphan_message: bySql('no_orphan_message'),
  outbox_complete: bySql('outbox_complete'),
  qr_truth: readCodes,
  audit_chain: readChain,
}

function bySql(name: InvariantName): Look {
  return (db, { signal }) => findViolations(db, name, { isSealing: false, signal })
}

/** Newest first. A window in which something is wrong is read again by the next check, until it is mended. */
async function readCodes(db: Db, order: InvariantOrder): Promise<Violations> {
  const window: Window = order.codes ?? { after: 0, most: Number.POSITIVE_INFINITY }
  const lies: string[] = []
  let before = window.after === 0 ? undefined : window.after
  let read = 0
  for (;;) {
    const codes = await readShownCodes(db, before, page)
    lies.push(...codes.flatMap((code) => liesOf(code, order.writesReference(code.bankCode))))
    before = codes.at(-1)?.attemptId
    read += codes.length
    order.progress?.('qr_truth', read)
    order.signal?.throwIfAborted()
    const isAtEnd = codes.length < page
    if (!isAtEnd && read < window.most) continue
    if (lies.length === 0) window.after = isAtEnd ? 0 : (before ?? 0)
    return { found: lies.length, sentences: lies }
  }
}

function liesOf(code: ShownCode, writesReference: boolean): string[] {
  const name = `Code ${code.attemptId} of ${code.bankCode} for payment ${code.paymentNumber}`
  if (!isCurrency(code.currency)) return [`${name}: its payment is in ${code.currency}, which is no currency of ours`]
  const lies = compareQr(code.qrString, {
    amount: { amountMinor: BigInt(code.amountMinor), currency: code.currency },
    account: { payeeAccount: code.payeeAccount, payeeMerchantId: code.payeeMerchantId ?? undefined },
    reference: code.reference,
    writesReference,
  })
  // A bank that is asked by MD5 would be asked about another code than the one we showed.
  if (code.qrMd5 !== null && code.qrMd5 !== md5Hex(code.qrString)) lies.push('its MD5 is kept as that of another code')
  return lies.map((lie) => `${name}: ${lie}`)
}

async function readChain(db: Db, order: InvariantOrder): Promise<Violations> {
  const window: Window = order.seals ?? { after: 0, most: Number.POSITIVE_INFINITY }
  const walk = await walkAuditChain(db, {
    after: window.after,
    most: window.most,
    mostBroken: Number.POSITIVE_INFINITY,
    onPage: ({ checked }) => {
      order.progress?.('audit_chain', checked)
      order.signal?.throwIfAborted()
    },
  })
  if (walk.broken.length === 0) window.after = walk.isAtEnd ? 0 : (walk.head?.position ?? 0)
  const isSealing = (order.hubRunsForMs ?? 0) > longestUnsealedMs
  const unsealed = await findViolations(db, 'audit_chain', { isSealing, signal: order.signal })
  return { found: walk.broken.length + unsealed.found, sentences: [...walk.broken, ...unsealed.sentences] }
}
