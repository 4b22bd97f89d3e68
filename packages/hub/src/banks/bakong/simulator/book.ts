import type { BookRecord, JournalPayment, Look, LookMode, Transfer } from './book-records.ts'
import type { Ports } from './ports.ts'

/** What is known of one MD5 or hash. `SUCCESS` and `FAILED` have the transfer. */
export type Finding =
  | { readonly status: 'SUCCESS' | 'FAILED'; readonly transfer: Transfer }
  | { readonly status: 'NOT_FOUND' | 'STATIC_QR' }

/** What Bakong believes about transfers. Every change is kept and comes back through `recall` at the next start. */
export class Book {
  readonly #ports: Ports
  readonly #byMd5 = new Map<string, Transfer[]>()
  readonly #byHash = new Map<string, Transfer>()
  readonly #modes = new Map<string, LookMode>()
  readonly #linked = new Set<string>()
  /** Look-ups of an MD5 since it flaps. */
  readonly #flaps = new Map<string, number>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  recall(record: BookRecord): void {
    if (record.k === 'look') return this.#recallLook(record)
    if (record.k === 'linked') {
      this.#linked.add(record.qr)
      return
    }
    const listed = this.#byMd5.get(record.md5)
    if (listed) listed.push(record)
    else this.#byMd5.set(record.md5, [record])
    if (record.kind !== 'lie') this.#byHash.set(record.hash, record)
  }

  add(transfer: Transfer): void {
    this.#write({ k: 'transfer', ...transfer })
  }

  addLinked(qr: string): void {
    if (!this.#linked.has(qr)) this.#write({ k: 'linked', qr })
  }

  /** The texts of codes that a link was asked for, the newest last. */
  linked(): string[] {
    return [...this.#linked]
  }

  setLook(look: Look): void {
    this.#write({ k: 'look', ...look })
  }

  modeOf(md5: string): LookMode {
    return this.#modes.get(md5) ?? 'truth'
  }

  /** The first transfer of a code, listed or not. */
  firstOf(md5: string): Transfer | undefined {
    return this.#byMd5.get(md5)?.[0]
  }

  /** All codes under which a bill number was paid. */
  md5sOf(reference: string): string[] {
    return [...this.#byMd5.values()].flatMap(([first]) => (first?.reference === reference ? [first.md5] : []))
  }

  /**
   * By MD5 one transfer is told alone, the first that came through, however often the code was paid. A failed one is told
   * as long as none came through.
   */
  byMd5(md5: string): Finding {
    const transfers = this.#byMd5.get(md5) ?? []
    if (transfers[0]?.isStatic) return { status: 'STATIC_QR' }
    const listed = this.#flapsAway(md5) ? [] : transfers.filter((transfer) => this.#isListed(transfer))
    return finding(listed.find(({ kind }) => kind !== 'failed') ?? listed.at(-1))
  }

  byHash(hash: string): Finding {
    const transfer = this.#byHash.get(hash)
    return finding(transfer && this.#isListed(transfer) ? transfer : undefined)
  }

  /** By anything else; the first that fits. */
  by(fits: (transfer: Transfer) => boolean): Finding {
    return finding([...this.#byHash.values()].find((transfer) => fits(transfer) && this.#isListed(transfer)))
  }

  /** Everything that was paid, as the journal shows it. */
  payments(): JournalPayment[] {
    return [...this.#byHash.values()].map((transfer) => ({
      transactionId: transfer.hash,
      reference: transfer.reference,
      md5: transfer.md5,
      amount: transfer.amount,
      currency: transfer.currency,
      paidAt: new Date(transfer.createdAtMs).toISOString(),
      status: this.#statusOf(transfer),
      refunded: transfer.currency === 'USD' ? '0.00' : '0',
      refunds: [],
    }))
  }

  #statusOf(transfer: Transfer): JournalPayment['status'] {
    if (transfer.kind === 'failed') return 'FAILED'
    if (transfer.kind === 'elsewhere') return 'ELSEWHERE'
    return this.#isListed(transfer) ? 'SUCCESS' : 'PENDING'
  }

  #isListed({ hidden, listedFromMs }: Transfer): boolean {
    return !hidden && listedFromMs <= this.#ports.nowMs()
  }

  #flapsAway(md5: string): boolean {
    if (this.modeOf(md5) !== 'flap') return false
    const times = (this.#flaps.get(md5) ?? 0) + 1
    this.#flaps.set(md5, times)
    return times % 2 === 0
  }

  #recallLook({ md5, mode, hidden, listedFromMs }: Look): void {
    this.#modes.set(md5, mode)
    this.#flaps.delete(md5)
    if (hidden === undefined) return
    const changed = (this.#byMd5.get(md5) ?? []).map((one) => ({ ...one, hidden, listedFromMs: listedFromMs ?? 0 }))
    if (changed.length > 0) this.#byMd5.set(md5, changed)
    for (const one of changed) if (one.kind !== 'lie') this.#byHash.set(one.hash, one)
  }

  #write(record: BookRecord): void {
    this.#ports.keep(record)
    this.recall(record)
  }
}

function finding(transfer: Transfer | undefined): Finding {
  if (!transfer) return { status: 'NOT_FOUND' }
  return { status: transfer.kind === 'failed' ? 'FAILED' : 'SUCCESS', transfer }
}
