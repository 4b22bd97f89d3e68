import type { ChildProcess } from 'node:child_process'
import type { Awaited, Closed, Opened, Order } from './page-watcher.ts'
import { ask, startProcess } from './processes.ts'

/** So many pages come from one address of this machine: the hub allows 300. */
const perAddress = 50

/** The pages that customers have open, in a process of their own. */
export class OpenPages {
  /** What pages were told too often, too seldom, or wrongly. */
  readonly wrong: string[] = []
  readonly #port: number
  readonly #watcher: ChildProcess = startProcess('./page-watcher.ts')
  #count = 0

  constructor(port: number) {
    this.#port = port
  }

  /** Every open page, by its place in what was opened. */
  get places(): readonly number[] {
    return Array.from({ length: this.#count }, (_, place) => place)
  }

  /** Seconds until each had heard how its payment stands. */
  async open(paths: readonly string[]): Promise<number> {
    const pages = paths.map((path, place) => {
      const address = Math.floor(place / perAddress)
      return { path: `${path}/live`, address: `127.0.${1 + Math.floor(address / 250)}.${1 + (address % 250)}` }
    })
    const { seconds } = await this.#ask<Opened>({ kind: 'open', port: this.#port, pages })
    this.#count = pages.length
    return seconds
  }

  /** When each of these pages was told this, by `sharedMs`. */
  async told(places: readonly number[], state: string, sinceMs: number): Promise<readonly number[]> {
    return (await this.#ask<Awaited>({ kind: 'await', places, state, sinceMs })).toldAtMs
  }

  /** `completed`: which places must have been told by then that they are paid, and how often; the others never. */
  async close(completed: ReadonlyMap<number, number>, how = { isCut: false }): Promise<void> {
    const closed = await this.#ask<Closed>({ kind: 'close' })
    const wrongly = closed.completed.flatMap((times, place) => {
      const wanted = completed.get(place) ?? 0
      return times === wanted ? [] : [`page ${place} was told ${times} times that it is paid, not ${wanted}`]
    })
    this.wrong.push(...wrongly.slice(0, 5))
    if (wrongly.length > 5) this.wrong.push(`so were ${wrongly.length - 5} more pages`)
    if (closed.repeated > 0) this.wrong.push(`${closed.repeated} events said what their page knew`)
    const cut = how.isCut ? closed.completed.length : 0
    if (closed.cut !== cut) this.wrong.push(`the hub ended ${closed.cut} streams, not ${cut}`)
    this.#count = 0
  }

  end(): void {
    this.#watcher.disconnect()
  }

  #ask<Reply>(order: Order): Promise<Reply> {
    return ask<Reply>(this.#watcher, order)
  }
}
