const windowMs = 60_000

/** Counts calls per operation in the minute before each: what is more is refused, and not counted. */
export class Rates {
  readonly #nowMs: () => number
  readonly #taken = new Map<string, number[]>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  take(operation: string, perMinute: number): boolean {
    const now = this.#nowMs()
    const recent = (this.#taken.get(operation) ?? []).filter((atMs) => atMs > now - windowMs)
    this.#taken.set(operation, recent)
    if (recent.length >= perMinute) return false
    recent.push(now)
    return true
  }
}
