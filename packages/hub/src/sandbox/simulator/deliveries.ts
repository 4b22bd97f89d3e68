import type { Agent } from 'undici'
import { attemptDelivery, type AttemptAnswer } from './delivery-attempt.ts'
import type { FaultTable } from './faults.ts'
import type { FileRecord, RecordFile } from './record-file.ts'

/** One thing a bank tells us, until we answer 2xx or the bank gives up. */
export type Delivery = {
  readonly id: string
  readonly bank: string
  readonly purpose: 'notice' | 'confirmation' | 'callback'
  /** Our path, e.g. "/AMK/khqr"; of a callback the address that its bank was given. */
  readonly path: string
  readonly body: string
  /** Of a callback, which carries no bearer. */
  readonly as?: { readonly method: 'GET' | 'POST'; readonly headers: Readonly<Record<string, string>> } | undefined
  /** Our payment number as text. */
  readonly reference: string
  readonly transactionId: string
  /** When it is told for the first time. */
  readonly firstAtMs: number
  /** The delivery that must have been tried before, where the order is the point. */
  readonly afterId?: string | undefined
}

type Message = Omit<Delivery, 'id' | 'afterId'>
export type DeliveryState = 'pending' | 'delivered' | 'given-up'
type Kept = { delivery: Delivery; attempts: (AttemptAnswer & { atMs: number })[]; state: DeliveryState }

/** How many finished deliveries are remembered for `GET /_simulator/deliveries`. */
const finishedRemembered = 5000

type Means = {
  readonly file: () => RecordFile
  readonly agent: Agent
  readonly faults: FaultTable
  readonly gatewayUrl: string
  readonly redeliverAfterMs: readonly number[]
  /** The bearer of a bank; undefined for a bank that is no longer played. */
  readonly tokenOf: (bank: string) => string | undefined
  readonly nowMs: () => number
  /** Told when a delivery ends, so that the bank knows whether its confirmation was taken. */
  readonly onEnd: (delivery: Delivery, state: DeliveryState) => void
}

/** Tells us what the banks have to tell, again and again on a schedule that survives restarts. */
export class Deliveries {
  readonly #means: Means
  readonly #all = new Map<string, Kept>()
  readonly #finished: string[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #followers = new Map<string, Kept>()
  readonly #firstAnswers = new Map<string, (answer: AttemptAnswer) => void>()
  #nextId = 1
  #stopped = false

  constructor(means: Means) {
    this.#means = means
  }

  recall(record: FileRecord): void {
    if (record['k'] === 'delivery') {
      const delivery = record['delivery'] as Delivery
      this.#all.set(delivery.id, { delivery, attempts: [], state: 'pending' })
      this.#nextId = Math.max(this.#nextId, Number(delivery.id) + 1)
    } else if (record['k'] === 'attempt') {
      const kept = this.#all.get(String(record['id']))
      if (kept) this.#addAttempt(kept, record['attempt'] as Kept['attempts'][number])
    }
  }

  /** Called once all records are back: goes on with what was not finished. */
  begin(): void {
    for (const kept of this.#all.values()) if (kept.state === 'pending') this.#schedule(kept)
  }

  /** Tells us something as soon as it is on disk. Resolves with what we answered the first time. */
  tell(message: Message): Promise<AttemptAnswer> {
    return this.#add({ id: String(this.#nextId++), ...message })
  }

  /** Tells us several things, each once the one before was tried. */
  tellInOrder(messages: readonly Message[]): void {
    let afterId: string | undefined
    for (const message of messages) {
      const id = String(this.#nextId++)
      void this.#add({ id, ...message, ...(afterId === undefined ? {} : { afterId }) })
      afterId = id
    }
  }

  #add(delivery: Delivery): Promise<AttemptAnswer> {
    const kept: Kept = { delivery, attempts: [], state: 'pending' }
    this.#all.set(delivery.id, kept)
    const file = this.#means.file()
    file.append({ who: 'deliveries', k: 'delivery', delivery })
    const answered = new Promise<AttemptAnswer>((resolve) => {
      this.#firstAnswers.set(delivery.id, resolve)
    })
    // A disk that failed makes the control call fail; then nothing is told either.
    file.durable().then(
      () => this.#schedule(kept),
      () => this.#firstAnswers.delete(delivery.id),
    )
    return answered
  }

  list() {
    return [...this.#all.values()].map(({ delivery, attempts, state }) => ({
      ...delivery,
      state,
      attempts: attempts.map(({ atMs, ...answer }) => ({ at: new Date(atMs).toISOString(), ...answer })),
    }))
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #schedule(kept: Kept): void {
    const { afterId } = kept.delivery
    if (afterId !== undefined && this.#all.get(afterId)?.attempts.length === 0) {
      this.#followers.set(afterId, kept)
      return
    }
    const inMs = this.#nextAtMs(kept) - this.#means.nowMs()
    if (inMs <= 0) return void this.#attempt(kept)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#attempt(kept)
    }, inMs)
    this.#timers.add(timer)
  }

  #nextAtMs(kept: Kept): number {
    const last = kept.attempts.at(-1)
    if (!last) return kept.delivery.firstAtMs
    return last.atMs + (this.#means.redeliverAfterMs[kept.attempts.length - 1] ?? 0)
  }

  async #attempt(kept: Kept): Promise<void> {
    if (this.#stopped) return
    const { delivery } = kept
    const answer = await attemptDelivery(delivery, this.#means)
    if (this.#stopped) return
    const attempt = { ...answer, atMs: this.#means.nowMs() }
    this.#addAttempt(kept, attempt)
    // The end is kept before the attempt: torn between the two, the message is only told once more.
    if (kept.state !== 'pending') this.#means.onEnd(delivery, kept.state)
    this.#means.file().note({ who: 'deliveries', k: 'attempt', id: delivery.id, attempt })
    if (kept.state === 'pending') this.#schedule(kept)
    const follower = this.#followers.get(delivery.id)
    this.#followers.delete(delivery.id)
    if (follower) this.#schedule(follower)
    this.#firstAnswers.get(delivery.id)?.(answer)
    this.#firstAnswers.delete(delivery.id)
  }

  #addAttempt(kept: Kept, attempt: Kept['attempts'][number]): void {
    kept.attempts.push(attempt)
    if (attempt.status !== undefined && attempt.status >= 200 && attempt.status < 300) kept.state = 'delivered'
    else if (kept.attempts.length > this.#means.redeliverAfterMs.length) kept.state = 'given-up'
    if (kept.state === 'pending') return
    this.#finished.push(kept.delivery.id)
    if (this.#finished.length > finishedRemembered) this.#all.delete(this.#finished.shift() ?? '')
  }
}
