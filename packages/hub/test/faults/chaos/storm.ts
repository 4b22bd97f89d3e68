import { setTimeout as delay } from 'node:timers/promises'
import { type CheapFault, cheapFaults, type Stage } from './cheap-faults.ts'
import { fillDisk, freezeHub, type Kill, kills } from './kills.ts'

/** How often things happen, in milliseconds from one to the next; each is half as long to one and a half times as long. */
export type Pace = {
  readonly cheapMs: number
  readonly killMs: number
  readonly freezeMs: number
  readonly diskMs: number
  /** How long a hub is stopped. */
  readonly frozenForMs: number
}

/** A thousand faults and two hundred kills in twenty minutes, with some to spare. */
export const usualPace: Pace = { cheapMs: 650, killMs: 4_000, freezeMs: 150_000, diskMs: 200_000, frozenForMs: 30_000 }

/** Everything at once until the time is over; then waits until the last fault has ended. */
export async function storm(stage: Stage, pace: Pace, forMs: number): Promise<void> {
  const until = Date.now() + forMs
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  const begin = (act: Promise<void>) => {
    const one = act.catch((error: unknown) => void failures.push(error)).finally(() => underWay.delete(one))
    underWay.add(one)
  }
  const forked = (name: string): Stage => ({ ...stage, random: stage.random.fork(name) })
  const lanes = [
    lane(pace.cheapMs, until, forked('cheap'), (own) => {
      const kind = own.random.weighted(weightsOf<CheapFault>(cheapFaults))
      begin(cheapFaults[kind].play(own, kind))
    }),
    // One after the other: a kill waits for its point, and the next one for somebody to kill.
    lane(pace.killMs, until, forked('kills'), (own) => {
      const kind = own.random.weighted(weightsOf<Kill>(kills))
      return kills[kind].play(own, kind)
    }),
    lane(pace.freezeMs, until - pace.frozenForMs, forked('freeze'), (own) => begin(freezeHub(own, pace.frozenForMs))),
    lane(pace.diskMs, until - 10_000, forked('disk'), (own) => begin(fillDisk(own))),
  ]
  await Promise.all(lanes)
  await Promise.all(underWay)
  if (failures.length > 0)
    throw new AggregateError(failures, `A fault could not be played: ${failures.map(String).join('; ')}`)
}

/** Keeps its pace by the clock: whoever was late is followed sooner. */
async function lane(
  everyMs: number,
  until: number,
  stage: Stage,
  act: (stage: Stage) => Promise<void> | void,
): Promise<void> {
  let next = Date.now()
  for (;;) {
    next += everyMs * (0.5 + stage.random.next())
    if (next > until) break
    await delay(Math.max(0, next - Date.now()))
    if (Date.now() > until) break
    await act(stage)
  }
}

function weightsOf<Name extends string>(table: Readonly<Record<Name, { weight: number }>>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<{ weight: number }>(table).map(([name, { weight }]) => [name, weight]),
  ) as Record<Name, number>
}
