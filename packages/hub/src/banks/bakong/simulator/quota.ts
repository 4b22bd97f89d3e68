import type { Ports } from './ports.ts'

export type QuotaRecord =
  | { readonly k: 'call'; readonly day: string; readonly token: string }
  | {
      readonly k: 'quota'
      readonly day: string
      /** Undefined: every token. */
      readonly token?: string | undefined
      readonly spent?: number | undefined
      readonly perDay?: number | undefined
    }

/** How many status calls a token had made when one arrived, itself included, and how many it may make. */
export type CountedCall = { readonly count: number; readonly perDay: number }

export type QuotaReading = {
  /** The day that is counted, in Phnom Penh. */
  readonly day: string
  readonly resetsAt: string
  readonly perDay: number
  /** What a token that has not called today has spent: 0 unless it was set. */
  readonly spentUnseen: number
  /** By fingerprint. `spent` counts refused calls, so it may be more than `perDay`. */
  readonly tokens: readonly { readonly token: string; readonly spent: number; readonly left: number }[]
}

const utcPlus7Ms = 7 * 3_600_000
const dayMs = 86_400_000

/** The status calls of each token today. The day ends at midnight in Phnom Penh (UTC+7), by the simulator's clock. */
export class Quota {
  readonly #ports: Ports
  #perDay: number
  #day = ''
  #spentUnseen = 0
  readonly #spent = new Map<string, number>()

  constructor(perDay: number, ports: Ports) {
    this.#perDay = perDay
    this.#ports = ports
  }

  recall(record: QuotaRecord): void {
    if (record.k === 'quota') this.#perDay = record.perDay ?? this.#perDay
    this.#turnTo(record.day)
    if (record.k === 'call') this.#spent.set(record.token, this.#spentBy(record.token) + 1)
    else if (record.spent !== undefined && record.token !== undefined) this.#spent.set(record.token, record.spent)
    else if (record.spent !== undefined) {
      this.#spent.clear()
      this.#spentUnseen = record.spent
    }
  }

  /** Counts a call before anything else is done with it: refused ones count, too. */
  take(token: string): CountedCall {
    this.#write({ k: 'call', day: this.#today(), token })
    return { count: this.#spentBy(token), perDay: this.#perDay }
  }

  /** Sets what one token, or every one, has spent today, and what a day allows from now on. */
  set(change: Omit<Extract<QuotaRecord, { k: 'quota' }>, 'k' | 'day'>): void {
    this.#write({ k: 'quota', day: this.#today(), ...change })
  }

  read(): QuotaReading {
    this.#turnTo(this.#today())
    const perDay = this.#perDay
    return {
      day: this.#day,
      resetsAt: new Date(Date.parse(this.#day) - utcPlus7Ms + dayMs).toISOString(),
      perDay,
      spentUnseen: this.#spentUnseen,
      tokens: [...this.#spent].map(([token, spent]) => ({ token, spent, left: Math.max(perDay - spent, 0) })),
    }
  }

  #write(record: QuotaRecord): void {
    this.#ports.keep(record)
    this.recall(record)
  }

  #spentBy(token: string): number {
    return this.#spent.get(token) ?? this.#spentUnseen
  }

  #today(): string {
    return new Date(this.#ports.nowMs() + utcPlus7Ms).toISOString().slice(0, 10)
  }

  #turnTo(day: string): void {
    if (day === this.#day) return
    this.#day = day
    this.#spentUnseen = 0
    this.#spent.clear()
  }
}
