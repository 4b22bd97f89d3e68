import { randomUUID } from 'node:crypto'

/** Tells whoever shows a payment that it may look different now: in this process at once, in the others by PostgreSQL. */
export type LivePayments = {
  /** Calls `changed` whenever the payment may look different, until the answer is called. It must not throw, nor take long. */
  watch(paymentNumber: number, changed: () => void): () => void
  /** After the write: these payments were changed here. */
  changed(paymentNumbers: readonly number[]): void
  /** What another process told; undefined: something may have been missed. */
  heard(message: string | undefined): void
  /** How a payment stood in the database when its watchers were told of it last. */
  told(paymentNumber: number, mark: string): void
  /** How a watched payment stands in the database: where that is news, its watchers are called. */
  seen(paymentNumber: number, mark: string): void
  /** The numbers that somebody watches here. */
  watched(): number[]
}

/** Changes of so many milliseconds are told to other processes in one message. */
const gatherMs = 40
/** Of PostgreSQL, 8,000 bytes: numbers have at most 16 digits. */
const mostPerMessage = 400

type Watch = { mark: string | undefined; readonly watchers: Set<() => void> }

/** `tell` gives a message to every process, this one included; it must not throw. */
export function createLivePayments(tell: (message: string) => void): LivePayments {
  const self = randomUUID()
  const watches = new Map<number, Watch>()
  const untold = new Set<number>()
  let timer: NodeJS.Timeout | undefined
  const call = (watch: Watch | undefined): void => {
    for (const changed of watch?.watchers ?? []) changed()
  }
  const tellAll = (): void => {
    timer = undefined
    const numbers = [...untold]
    untold.clear()
    for (let from = 0; from < numbers.length; from += mostPerMessage)
      tell(`${self} ${numbers.slice(from, from + mostPerMessage).join(',')}`)
  }
  return {
    watch(paymentNumber, changed) {
      const watch = watches.get(paymentNumber) ?? { mark: undefined, watchers: new Set() }
      watches.set(paymentNumber, watch)
      watch.watchers.add(changed)
      return () => {
        watch.watchers.delete(changed)
        if (watch.watchers.size === 0 && watches.get(paymentNumber) === watch) watches.delete(paymentNumber)
      }
    },
    changed(paymentNumbers) {
      for (const number of paymentNumbers) {
        call(watches.get(number))
        untold.add(number)
      }
      timer ??= setTimeout(tellAll, gatherMs).unref()
    },
    heard(message) {
      if (message === undefined) {
        for (const watch of watches.values()) call(watch)
        return
      }
      const [from, numbers = ''] = message.split(' ')
      if (from === self) return
      for (const number of numbers.split(',')) call(watches.get(Number(number)))
    },
    told(paymentNumber, mark) {
      const watch = watches.get(paymentNumber)
      if (watch) watch.mark = mark
    },
    seen(paymentNumber, mark) {
      const watch = watches.get(paymentNumber)
      if (!watch || watch.mark === mark) return
      // The first time, too, where nobody was told: it may have changed after it was shown, and before it was watched.
      watch.mark = mark
      call(watch)
    },
    watched: () => [...watches.keys()],
  }
}
