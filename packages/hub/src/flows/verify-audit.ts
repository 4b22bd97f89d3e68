import { sha256Hex } from '../kit/crypto.ts'
import { type ChainHead, readSealHash, readSeals, type SealedRow } from '../store/audit.ts'
import type { Db } from '../store/db.ts'

/** Seals read at a time: hashing a page holds the process for a few milliseconds. */
const page = 500
/** What the first seal names as the hash before it. */
const beforeFirst = '0'.repeat(64)

export type ChainWalk = {
  /** The last seal that was read; undefined while nothing is sealed. */
  readonly head: ChainHead | undefined
  readonly checked: number
  /** One sentence per seal that does not hold, naming seal and row, in the chain's order. */
  readonly broken: readonly string[]
  /** Whether the walk ended because the chain did. */
  readonly isAtEnd: boolean
}

export type WalkOrder = {
  /** Begins after this position; 0 is the whole chain. */
  readonly after: number
  /** Reads about so many seals at most. */
  readonly most: number
  /** Stops after so many broken ones. */
  readonly mostBroken: number
  readonly onPage?: (walk: { readonly checked: number; readonly hashes: readonly string[] }) => void
}

/**
 * Walks the audit log's chain from one seal on and computes every hash anew from the rows: neither the stored hashes nor the
 * database's own function are believed.
 */
export async function walkAuditChain(db: Db, order: WalkOrder): Promise<ChainWalk> {
  const start = order.after === 0 ? beforeFirst : await readSealHash(db, order.after)
  let before: Before = { position: order.after, sha256: start }
  const broken: string[] = []
  let checked = 0
  for (;;) {
    const seals = await readSeals(db, before.position, page)
    for (const seal of seals) {
      broken.push(...problems(seal, before))
      before = { position: Number(seal.position), sha256: seal.sha256 }
    }
    checked += seals.length
    order.onPage?.({ checked, hashes: seals.map(({ sha256 }) => sha256) })
    const isAtEnd = seals.length < page
    if (isAtEnd || checked >= order.most || broken.length >= order.mostBroken) {
      const head = before.position === 0 ? undefined : { position: before.position, sha256: before.sha256 ?? '' }
      return { head, checked, broken: broken.slice(0, order.mostBroken), isAtEnd }
    }
  }
}

/** Undefined hash: the seal that the walk begins after is gone. */
type Before = { readonly position: number; readonly sha256: string | undefined }

/** What is wrong with one seal: with its place in the chain, and with its row. */
function problems(seal: SealedRow, before: Before): string[] {
  const { position, row, auditId } = seal
  const name = `Seal ${position} (audit row ${auditId})`
  const found: string[] = []
  if (Number(position) !== before.position + 1) {
    const missing = before.position + 1 === Number(position) - 1 ? '' : ` to ${Number(position) - 1}`
    found.push(`${name} follows seal ${before.position}: seal ${before.position + 1}${missing} is gone`)
  } else if (seal.previousSha256 !== before.sha256) {
    found.push(`${name} names another hash than that of seal ${before.position}: one of the two was changed`)
  }
  if (row === null) found.push(`Audit row ${auditId} is gone: seal ${position} of ${seal.sealedAt} is of it`)
  else if (sha256Hex(sealedForm(seal, row)) !== seal.sha256) {
    found.push(
      `Audit row ${auditId} (${row.action} of ${row.object} by ${row.actor}) or its seal ${position} was changed after ${seal.sealedAt}`,
    )
  }
  return found
}

/**
 * The canonical form that a seal's hash is over, as `sealed_form` in migrations/0007_audit_seals.sql writes it: a heading, then each
 * column as its length in UTF-8 bytes, a colon and its text; a null is a dash.
 */
function sealedForm(seal: SealedRow, row: NonNullable<SealedRow['row']>): string {
  const { id, at, actor, action, object, before, after, reason, correlationId } = row
  const columns = [
    [seal.position, seal.previousSha256, seal.sealedAt],
    [id, at, actor, action, object, before, after, reason, correlationId],
  ].flat()
  return `khqr-hub audit 1\n${columns.map((text) => (text === null ? '-' : `${Buffer.byteLength(text)}:${text}`)).join('')}`
}
