// Customers for the simulation of the call budget: made up, from a seed, the same for every way of asking.

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** Midnight in Phnom Penh before the first day. */
export const firstMidnight = Date.parse('2026-01-04T17:00:00Z')

export type Traffic = {
  readonly seed: number
  /** Days with customers; the days after them have none. */
  readonly days: number
  readonly codesPerDay: number
  /** Share of codes that nobody pays. */
  readonly abandoned: number
  /** Share of payers who press "I have paid" when they have. */
  readonly clicks: number
  /** Half of the payers have paid after this time. */
  readonly payMedianMs: number
}

/** One code and what its customer does; times in milliseconds of the clock. */
export type Customer = {
  readonly number: number
  readonly madeAt: number
  /** Undefined: nobody pays it. */
  readonly paidAt: number | undefined
  /** While its page reads the status; a page that knows of the payment stops. */
  readonly watches: readonly { readonly from: number; readonly to: number }[]
  readonly clicksAt: number | undefined
}

/** A page's read counts as watching for so long (flows/watch-payment.ts). */
export const watchedForMs = 30 * second

const openFrom = 7
const openTo = 21
/** How busy the hours are: a morning, a noon and an evening peak. */
const peaks = [
  { at: 8.5, width: 1, height: 1.2 },
  { at: 12, width: 1, height: 1.5 },
  { at: 18.5, width: 1.5, height: 2 },
]
const paySpread = 0.7
/** Phones whose page stops reading while the customer is in his bank's app, and reads again when he comes back. */
const asleepShare = 0.25
const payerStaysMedianMs = 2 * minute
const leaverStaysMedianMs = minute

export function customersOf(traffic: Traffic): Customer[] {
  const random = randomFrom(traffic.seed)
  const customers: Customer[] = []
  for (let one = 0; one < traffic.days; one++) {
    const made = Array.from({ length: traffic.codesPerDay }, () => hourOf(random) * hour).sort((a, b) => a - b)
    for (const at of made) {
      const madeAt = firstMidnight + one * day + Math.floor(at / second) * second
      customers.push(customer(customers.length + 1, madeAt, traffic, random))
    }
  }
  return customers
}

function customer(
  number: number,
  madeAt: number,
  { abandoned, clicks, payMedianMs }: Traffic,
  random: () => number,
): Customer {
  // Every customer takes the same number of draws: another share changes who pays, not when the others come.
  const [pays, asleep, clicking, away, back] = [random(), random(), random(), random(), random()]
  const payMs = Math.min(14 * minute, logNormal(payMedianMs, paySpread, random))
  const stayMs = logNormal(1, 1, random)
  if (pays < abandoned) {
    const to = madeAt + Math.min(15 * minute, leaverStaysMedianMs * stayMs)
    return { number, madeAt, paidAt: undefined, watches: [{ from: madeAt, to }], clicksAt: undefined }
  }
  const paidAt = madeAt + Math.max(5 * second, payMs)
  const to = paidAt + payerStaysMedianMs * stayMs
  const awake = [{ from: madeAt, to }]
  const slept = [
    { from: madeAt, to: Math.min(paidAt, madeAt + (5 + 15 * away) * second) },
    { from: paidAt + (3 + 10 * back) * second, to },
  ]
  const clicksAt = clicking < clicks ? paidAt + (5 + 15 * back) * second : undefined
  return { number, madeAt, paidAt, watches: asleep < asleepShare ? slept : awake, clicksAt }
}

function hourOf(random: () => number): number {
  for (;;) {
    const at = openFrom + (openTo - openFrom) * random()
    const busy =
      0.5 + peaks.reduce((sum, peak) => sum + peak.height * Math.exp(-(((at - peak.at) / peak.width) ** 2)), 0)
    if (random() * 3 < busy) return at
  }
}

function logNormal(median: number, spread: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return median * Math.exp(spread * normal)
}

/** Mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
