import type { Agent } from 'undici'
import { attemptDelivery, type AttemptAnswer } from './delivery-attempt.ts'
import type { FaultTable } from './faults.ts'
import type { FileRecord, RecordFile } from './record-file.ts'

/** One thing a bank tells us, until we answer 2xx or the bank gives up. */
export type Delivery = {
  readonly id: string
  readonly bank: string
  readonly purpose: 'notice' | 'confirmation'
  /** Our path, e.g. "/AMK/khqr". */
  readonly path: string
  readonly body: string
  /** Our payment number as text. */
  readonly reference: string
  readonly transactionId: string
  /** When it is told for the first time. */
  readonly firstAtMs: number
}

export type DeliveryState = 'pending' | 'delivered' | 'given-up'
type Kept = { delivery: Delivery; attempts: (AttemptAnswer & { atMs: number })[]; state: DeliveryState }

export type Deliveries = ReturnType<typeof openDeliveries>

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
export function openDeliveries(means: Means) {
  const all = new Map<string, Kept>()
  const finished: string[] = []
  const timers = new Set<NodeJS.Timeout>()
  const firstAnswers = new Map<string, (answer: AttemptAnswer) => void>()
  let nextId = 1
  let stopped = false

  function recall(record: FileRecord): void {
    if (record['k'] === 'delivery') {
      const delivery = record['delivery'] as Delivery
      all.set(delivery.id, { delivery, attempts: [], state: 'pending' })
      nextId = Math.max(nextId, Number(delivery.id) + 1)
    } else if (record['k'] === 'attempt') {
      const kept = all.get(String(record['id']))
      if (kept) addAttempt(kept, record['attempt'] as Kept['attempts'][number])
    }
  }

  function addAttempt(kept: Kept, attempt: Kept['attempts'][number]): void {
    kept.attempts.push(attempt)
    if (attempt.status !== undefined && attempt.status >= 200 && attempt.status < 300) kept.state = 'delivered'
    else if (kept.attempts.length > means.redeliverAfterMs.length) kept.state = 'given-up'
    if (kept.state === 'pending') return
    finished.push(kept.delivery.id)
    if (finished.length > finishedRemembered) all.delete(finished.shift() ?? '')
  }

  function nextAtMs(kept: Kept): number {
    const last = kept.attempts.at(-1)
    if (!last) return kept.delivery.firstAtMs
    return last.atMs + (means.redeliverAfterMs[kept.attempts.length - 1] ?? 0)
  }

  function schedule(kept: Kept): void {
    const inMs = nextAtMs(kept) - means.nowMs()
    if (inMs <= 0) return void attempt(kept)
    const timer = setTimeout(() => {
      timers.delete(timer)
      void attempt(kept)
    }, inMs)
    timers.add(timer)
  }

  async function attempt(kept: Kept): Promise<void> {
    if (stopped) return
    const { delivery } = kept
    const answer = await attemptDelivery(delivery, means)
    if (stopped) return
    const done = { ...answer, atMs: means.nowMs() }
    addAttempt(kept, done)
    // The end is kept before the attempt: torn between the two, the message is only told once more.
    if (kept.state !== 'pending') means.onEnd(delivery, kept.state)
    means.file().note({ who: 'deliveries', k: 'attempt', id: delivery.id, attempt: done })
    if (kept.state === 'pending') schedule(kept)
    firstAnswers.get(delivery.id)?.(answer)
    firstAnswers.delete(delivery.id)
  }

  return {
    recall,
    /** Called once all records are back: goes on with what was not finished. */
    begin(): void {
      for (const kept of all.values()) if (kept.state === 'pending') schedule(kept)
    },

    /** Tells us something as soon as it is on disk. Resolves with what we answered the first time. */
    tell(message: Omit<Delivery, 'id'>): Promise<AttemptAnswer> {
      const delivery = { id: String(nextId++), ...message }
      const kept: Kept = { delivery, attempts: [], state: 'pending' }
      all.set(delivery.id, kept)
      means.file().append({ who: 'deliveries', k: 'delivery', delivery })
      const answered = new Promise<AttemptAnswer>((resolve) => {
        firstAnswers.set(delivery.id, resolve)
      })
      // A disk that failed makes the control call fail; then nothing is told either.
      means
        .file()
        .durable()
        .then(
          () => schedule(kept),
          () => firstAnswers.delete(delivery.id),
        )
      return answered
    },

    list: () =>
      [...all.values()].map(({ delivery, attempts, state }) => ({
        ...delivery,
        state,
        attempts: attempts.map(({ atMs, ...answer }) => ({ at: new Date(atMs).toISOString(), ...answer })),
      })),

    stop(): void {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
