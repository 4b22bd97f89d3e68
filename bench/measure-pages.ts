import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '../packages/hub/src/store/db.ts'
import { HubMemory, type Memory } from './hub-memory.ts'
import { type NoticesLeg, sendNotices } from './measure-notices.ts'
import { measureBudget, measureRefresh, type Refresh } from './measure-watched.ts'
import { OpenPages } from './open-pages.ts'
import type { Pair } from './pairs.ts'
import { sharedMs } from './processes.ts'
import { bankCode, type Code, makeBills, makeCodes, type PaidPayment, payCodes, restSchedule } from './sandbox.ts'
import type { World } from './world.ts'

export type PagesHow = {
  readonly pages: number
  /** Of them, so many look at one payment; each of the others at one of its own. */
  readonly crowd: number
  /** Payments that are paid one after the other while all pages are open. */
  readonly singles: number
  readonly warmUp: number
  /** Even: after every second one the pages are opened or closed. */
  readonly pairs: number
  /** Payments of each side of a pair, and how many notices are on their way at once. */
  readonly share: number
  readonly atOnce: number
  /** For how many seconds the bank's budget is watched. */
  readonly budgetS: number
  readonly random: () => number
  readonly progress: (sentence: string) => void
}

/** Milliseconds until each page was told. */
export type FanOut = readonly number[]

export type PagesMeasured = {
  readonly how: PagesHow
  readonly memory: { readonly before: Memory; readonly open: Memory; readonly closed: Memory }
  /** Seconds in which all pages were opened. */
  readonly openedS: number
  /** From the commit of a bank's switch to each page. */
  readonly off: FanOut
  readonly on: FanOut
  /** From the sending of a notice to the page of its payment: one after the other, and `atOnce`. */
  readonly single: FanOut
  readonly busy: FanOut
  /** From the sending of a notice to each of `pages` that look at its payment. */
  readonly crowd: FanOut
  /** `hub` with all pages open, `bare` with none. */
  readonly payments: readonly Pair<NoticesLeg>[]
  readonly refresh: Refresh
  /** Calls to the bank about watched payments, and how many its budget allows in that time. */
  readonly asked: { readonly calls: number; readonly allowed: number; readonly watched: number }
  /** From SIGTERM to the end of the process, with all pages open. */
  readonly stopMs: number
  /** What was told wrongly: none, or the run fails. */
  readonly wrong: readonly string[]
}

/** Everything that is paid or looked at; what is paid has been paid in the bank, and the hub has not heard of it. */
type Prepared = {
  readonly warmUp: readonly PaidPayment[]
  readonly unwatched: readonly PaidPayment[]
  readonly watched: readonly PaidPayment[]
  readonly singles: readonly PaidPayment[]
  readonly crowd: PaidPayment
  readonly lastCrowd: PaidPayment
  /** The paths of the pages: those of `watched`, then of `singles`, then of `crowd`, then of payments nobody pays. */
  readonly paths: readonly string[]
  readonly lastPath: string
  readonly numbers: readonly number[]
}

/** (d) What thousands of open pages cost one process: memory, news, and the payments meanwhile. */
export async function measurePages(world: World, how: PagesHow): Promise<PagesMeasured> {
  const prepared = await prepare(world, how)
  const db = world.database(2)
  const pages = new OpenPages(world.hub.ports.gateway)
  const memory = await HubMemory.attach(world.hub.pid, world.logFile)
  try {
    const run = (payments: readonly PaidPayment[]) => sendNotices(world, db, payments, how.atOnce)
    await run(prepared.warmUp)
    // Once opened and closed: what grows but once, as code that is compiled, is no page's.
    await pages.open(prepared.paths)
    await pages.close(new Map())
    await wait(settleMs)
    const before = await memory.read()
    const rounds = new Rounds(prepared, how, run, pages)
    await rounds.unwatched()
    how.progress(`(d) opening ${how.pages} pages`)
    const openedS = await pages.open(prepared.paths)
    const open = await memory.read()
    how.progress('(d) a bank is switched off and on')
    const off = await switchBank(db, pages, false)
    const on = await switchBank(db, pages, true)
    how.progress(`(d) ${how.singles} payments one after the other`)
    const single = await paySingles(world, db, prepared, how, pages)
    await rounds.watched()
    await rounds.watched()
    await rounds.close()
    await wait(settleMs)
    const closed = await memory.read()
    for (let round = 2; round < how.pairs; round += 2) {
      await rounds.unwatched()
      await rounds.unwatched()
      await pages.open(prepared.paths)
      await rounds.watched()
      await rounds.watched()
      if (round + 2 < how.pairs) await rounds.close()
    }
    how.progress('(d) what the job refresh-pages costs, and what the bank is asked')
    const refresh = await measureRefresh(world, prepared.numbers)
    const asked = await measureBudget(world, db, how.budgetS, prepared.numbers.length)
    await rounds.close()
    await rounds.unwatched()
    // Node waits for its debugger when it ends.
    memory.close()
    how.progress(`(d) ${how.pages} pages of one payment`)
    const { crowd, stopMs } = await measureCrowd(world, db, prepared, how, pages)
    const { busy, payments } = rounds
    const wrong = pages.wrong
    return {
      how,
      memory: { before, open, closed },
      openedS,
      off,
      on,
      single,
      busy,
      crowd,
      payments,
      refresh,
      asked,
      stopMs,
      wrong,
    }
  } finally {
    memory.close()
    pages.end()
  }
}

const settleMs = 1_500

async function prepare(world: World, how: PagesHow): Promise<Prepared> {
  const paidWithPage = how.pairs * how.share
  const others = how.pages - paidWithPage - how.singles - how.crowd
  const counts = [how.warmUp, paidWithPage, paidWithPage, how.singles, 1, 1, others]
  const count = counts.reduce((sum, one) => sum + one, 0)
  how.progress(`(d) making ${count} codes`)
  await restSchedule(world)
  const codes = await makeCodes(world, await makeBills(world, count, how.random))
  const left = [...codes]
  const [warmUp = [], unwatched = [], watched = [], singles = [], [one] = [], [last] = [], rest = []] = counts.map(
    (many) => left.splice(0, many),
  )
  if (!one || !last) throw new Error('No codes were made')
  how.progress('(d) paying those that will be told of')
  const pay = (some: readonly Code[]) => payCodes(world, some)
  const [crowd, lastCrowd] = await pay([one, last])
  if (!crowd || !lastCrowd) throw new Error('Nothing was paid')
  return {
    warmUp: await pay(warmUp),
    unwatched: await pay(unwatched),
    watched: await pay(watched),
    singles: await pay(singles),
    crowd,
    lastCrowd,
    paths: [...watched, ...singles, ...Array<Code>(how.crowd).fill(one), ...rest].map(({ page }) => page),
    lastPath: last.page,
    numbers: [...watched, ...singles, one, ...rest].map(({ number }) => number),
  }
}

/** The rounds of payments with and without open pages, A B B A, so that neither always meets the machine as the other left it. */
class Rounds {
  readonly busy: number[] = []
  readonly #prepared: Prepared
  readonly #how: PagesHow
  readonly #run: (payments: readonly PaidPayment[]) => Promise<NoticesLeg>
  readonly #pages: OpenPages
  readonly #with: NoticesLeg[] = []
  readonly #without: NoticesLeg[] = []

  constructor(
    prepared: Prepared,
    how: PagesHow,
    run: (payments: readonly PaidPayment[]) => Promise<NoticesLeg>,
    pages: OpenPages,
  ) {
    this.#prepared = prepared
    this.#how = how
    this.#run = run
    this.#pages = pages
  }

  get payments(): readonly Pair<NoticesLeg>[] {
    return this.#with.flatMap((hub, round) => {
      const bare = this.#without[round]
      return bare ? [{ hub, bare }] : []
    })
  }

  async unwatched(): Promise<void> {
    const { share, pairs, progress } = this.#how
    progress(`(d) ${share} payments with no page open, round ${this.#without.length + 1} of ${pairs}`)
    const from = this.#without.length * share
    this.#without.push(await this.#run(this.#prepared.unwatched.slice(from, from + share)))
  }

  async watched(): Promise<void> {
    const { share, pairs, pages, progress } = this.#how
    progress(`(d) ${share} payments with ${pages} pages open, round ${this.#with.length + 1} of ${pairs}`)
    const from = this.#with.length * share
    const sinceMs = sharedMs()
    const leg = await this.#run(this.#prepared.watched.slice(from, from + share))
    const places = Array.from({ length: share }, (_, place) => from + place)
    const told = await this.#pages.told(places, 'paid', sinceMs)
    this.busy.push(...told.map((atMs, place) => atMs - (leg.sentAtMs[place] ?? Number.NaN)))
    this.#with.push(leg)
  }

  /** Every page of a payment that was paid was told so once, and no other page. */
  async close(): Promise<void> {
    const { share, pairs, singles, crowd } = this.#how
    const counts = new Map<number, number>()
    const firstSingle = pairs * share
    for (let place = 0; place < this.#with.length * share; place += 1) counts.set(place, 1)
    for (let place = firstSingle; place < firstSingle + singles + crowd; place += 1) counts.set(place, 1)
    await this.#pages.close(counts)
  }
}

async function switchBank(db: Db, pages: OpenPages, active: boolean): Promise<FanOut> {
  const sinceMs = sharedMs()
  await db.query('bench_switch', 'update banks set active = $2 where code = $1', [bankCode, active])
  const committedMs = sharedMs()
  const told = await pages.told(pages.places, active ? 'ready' : 'disabled', sinceMs)
  return told.map((atMs) => atMs - committedMs)
}

async function paySingles(world: World, db: Db, prepared: Prepared, how: PagesHow, pages: OpenPages): Promise<FanOut> {
  const first = how.pairs * how.share
  const took: number[] = []
  for (const [place, payment] of prepared.singles.entries()) {
    const sinceMs = sharedMs()
    const { sentAtMs } = await sendNotices(world, db, [payment], 1)
    const [toldAtMs = Number.NaN] = await pages.told([first + place], 'paid', sinceMs)
    took.push(toldAtMs - (sentAtMs[0] ?? Number.NaN))
  }
  const sinceMs = sharedMs()
  await sendNotices(world, db, [prepared.crowd], 1)
  const places = Array.from({ length: how.crowd }, (_, place) => first + how.singles + place)
  await pages.told(places, 'paid', sinceMs)
  return took
}

/** All pages look at one payment, which is paid; then the hub is stopped under them, and started again for what follows. */
async function measureCrowd(world: World, db: Db, prepared: Prepared, how: PagesHow, pages: OpenPages) {
  await pages.open(Array<string>(how.pages).fill(prepared.lastPath))
  const sinceMs = sharedMs()
  const { sentAtMs } = await sendNotices(world, db, [prepared.lastCrowd], 1)
  const told = await pages.told(pages.places, 'paid', sinceMs)
  const stoppingMs = sharedMs()
  await world.stopHub()
  const stopMs = sharedMs() - stoppingMs
  await pages.close(new Map(pages.places.map((place) => [place, 1])), { isCut: true })
  await world.startHub()
  return { crowd: told.map((atMs) => atMs - (sentAtMs[0] ?? Number.NaN)), stopMs }
}
