import { setTimeout as delay } from 'node:timers/promises'
import { type Books, compareBooks, type Finding } from './compare-books.ts'
import type { Ground } from './ground.ts'
import { beginDay, letCodesEnd, readUnlooked, type Unlooked } from './pass-time.ts'
import { type Memory, readBooks, readUnfinished, remember } from './read-books.ts'

/** How it ended after the faults had stopped. */
export type Quiet = {
  /** From the end of the faults to nothing being due any more, in milliseconds. */
  readonly tookMs: number
  /** What was still unfinished when the wait was given up; empty: it became quiet. */
  readonly unfinished: readonly string[]
  /** Looks that the plan puts later, and that nobody waited for. */
  readonly left: readonly string[]
  readonly books: Books
  readonly findings: readonly Finding[]
}

export type Patience = {
  /** A credit is tried again at the latest after 5 minutes. */
  readonly forWorkMs: number
  /** What is planned for later than that is left to the plan. */
  readonly forLooksMs: number
  /** A bank is asked again at the latest after a minute: money that is missing then is lost. */
  readonly forMoneyMs: number
}

/** Ends every fault that could still last. */
export async function clearFaults(ground: Ground): Promise<void> {
  ground.work.disk?.free()
  for (const proxy of [...ground.toDatabase, ...ground.toSystems, ground.fromBanks, ground.fromCustomers]) {
    proxy.setDelay(0)
    proxy.setHeld(false)
  }
  await ground.simulator.controlPatiently('DELETE', '/_simulator/faults')
  await beginDay(ground)
}

/**
 * Waits until nothing is due any more and no money is missing, or patience ends; then says what the books say. Money that
 * waits for a person, and looks that are planned for later, are not waited for. `tell`: what it waits for, now and then.
 */
export async function untilQuiet(
  ground: Ground,
  memory: Memory,
  patience: Patience,
  tell: (sentence: string) => void,
): Promise<Quiet> {
  const startedMs = performance.now()
  await clearFaults(ground)
  await Promise.all(ground.hubs.map((hub) => hub.untilReady()))
  const spent = () => performance.now() - startedMs
  // The plan puts last looks hours away: an hour passes for codes, and all of them are asked about.
  await remember(ground, memory)
  const endedAt = await letCodesEnd(ground)
  const telling = nowAndThen(tell)
  let waits = await readWaits(ground, endedAt)
  for (; isWaiting(waits, spent(), patience); waits = await readWaits(ground, endedAt)) {
    telling(waits)
    await delay(500)
  }
  let tookMs = spent()
  const until = tookMs + patience.forMoneyMs
  for (;;) {
    const books = await readBooks(ground, memory)
    const findings = compareBooks(books)
    const missing = findings.filter((finding) => finding.kind === 'lost').map(({ sentence }) => sentence)
    const unfinished = [...waits.work, ...waits.looks.overdue]
    if ((missing.length === 0 && unfinished.length === 0) || spent() > until)
      return { tookMs, unfinished, left: waits.looks.planned, books, findings }
    telling({ ...waits, work: [...waits.work, ...missing.slice(0, 3)] })
    await delay(1_000)
    waits = await readWaits(ground, endedAt)
    tookMs = spent()
  }
}

type Waits = { readonly work: readonly string[]; readonly looks: Unlooked }

async function readWaits(ground: Ground, endedAt: Date): Promise<Waits> {
  return { work: await readUnfinished(ground), looks: await readUnlooked(ground, endedAt) }
}

function isWaiting({ work, looks }: Waits, spentMs: number, { forWorkMs, forLooksMs }: Patience): boolean {
  if (work.length > 0) return spentMs < forWorkMs
  return (looks.overdue.length > 0 || looks.planned.length > 0) && spentMs < forLooksMs
}

const tellEveryMs = 20_000

function nowAndThen(tell: (sentence: string) => void): (waits: Waits) => void {
  let nextMs = performance.now() + tellEveryMs
  return ({ work, looks }) => {
    if (performance.now() < nextMs) return
    nextMs = performance.now() + tellEveryMs
    tell(`waits for ${[...work, ...looks.overdue, ...looks.planned].join(', ')}`)
  }
}

/**
 * Everybody dies at once, and while nobody lives some minutes pass: for short runs, which cannot wait for the claims of the
 * dead to run out. Nothing is on its way then, so nobody is woken while another still does the work.
 */
export async function letMinutesPassDead(ground: Ground, note: (target: string, pid: number) => void): Promise<void> {
  await clearFaults(ground)
  await Promise.all(ground.hubs.map((hub) => hub.untilReady()))
  for (const hub of ground.hubs) {
    const pid = hub.kill()
    if (pid !== undefined) note(hub.name, pid)
  }
  const pid = ground.simulator.kill()
  if (pid !== undefined) note('simulator', pid)
  await ground.postgres.askPatiently(
    `with deliveries as (update event_deliveries set next_try_at = now() where state = 'due'),
        messages as (update inbox set next_try_at = now() where decided_at is null),
        looks as (update checks set claimed_until = null where claimed_until is not null)
      update credits set last_sent_at = last_sent_at - interval '5 minutes' where state = 'sending'`,
  )
}
