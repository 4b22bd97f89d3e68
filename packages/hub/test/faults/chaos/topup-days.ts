import type { Shopper } from './shoppers.ts'

type Day = { readonly weight: number; live(shopper: Shopper): Promise<unknown> }

/** The days of a user who tops up a wallet through the network, which tells nobody: everything is found by asking. */
export const topupDays = {
  'tops up': { weight: 16, live: (one) => paying(one) },
  'tops up, and says so': { weight: 8, live: saysSo },
  'tops up, and watches': { weight: 6, live: watches },
  'asks for a top-up and never pays': { weight: 6, live: (one) => one.open() },
  'asks for a top-up, never pays, and it expires': { weight: 4, live: expires },
  'tops up as the code expires': { weight: 4, live: asItExpires },
  'tops up after the code has expired': { weight: 4, live: afterExpiry },
  'tops up, recorded late': { weight: 4, live: recordedLate },
  'tops up, not listed at first': { weight: 4, live: unlistedFirst },
  'tops up too little': {
    weight: 3,
    live: (one) => paying(one, { amount: one.order.currency === 'USD' ? '1.00' : '500' }),
  },
  'tops up too much': {
    weight: 3,
    live: (one) => paying(one, { amount: one.order.currency === 'USD' ? '80.00' : '900000' }),
  },
  'tops up in another currency': {
    weight: 2,
    live: (one) =>
      paying(
        one,
        one.order.currency === 'USD' ? { currency: 'KHR', amount: '42000' } : { currency: 'USD', amount: '10.50' },
      ),
  },
  'pays one code twice': { weight: 3, live: (one) => paying(one, { times: 2, gapMs: one.random.whole(0, 1_500) }) },
  'one transfer is told for two top-ups': { weight: 4, live: together },
  'a façade asks again for the same bill': { weight: 6, live: byFacade },
} as const satisfies Record<string, Day>

async function paying(one: Shopper, how: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const topup = await one.open()
  if (!topup) return
  await one.wait(0, 2_000)
  await one.pay(topup, how)
}

async function saysSo(one: Shopper): Promise<void> {
  const topup = await one.open()
  if (!topup) return
  await one.pay(topup)
  await one.saysPaid(topup)
}

async function watches(one: Shopper): Promise<void> {
  const topup = await one.open()
  if (!topup) return
  await Promise.all([
    one.watch(topup, one.random.whole(2_000, 12_000), ['completed']),
    one.wait(0, 3_000).then(() => one.pay(topup)),
  ])
}

async function expires(one: Shopper): Promise<void> {
  const topup = await one.open()
  if (topup) await one.goesAway(topup)
}

/** The last look and the money race. */
async function asItExpires(one: Shopper): Promise<void> {
  const topup = await one.open()
  if (!topup) return
  await Promise.all([one.wait(0, 1_500).then(() => one.pay(topup)), one.goesAway(topup)])
}

async function afterExpiry(one: Shopper): Promise<void> {
  const topup = await one.open()
  if (!topup) return
  await one.goesAway(topup)
  await one.watch(topup, 10_000, ['expired'])
  await one.pay(topup, { late: true })
  await one.goesAway(topup)
}

/** Stays until the network lists it: the run ends only when everything that was paid is listed. */
async function recordedLate(one: Shopper): Promise<void> {
  const topup = await one.open()
  if (!topup) return
  const seconds = one.random.whole(1, 6)
  await one.pay(topup, { verify: `late:${seconds}` })
  await one.wait(seconds * 1_000, seconds * 1_000 + 500)
}

async function unlistedFirst(one: Shopper): Promise<void> {
  const topup = await one.open()
  if (!topup) return
  await one.pay(topup, { verify: 'unpaid' })
  await one.wait(500, 4_000)
  await one.listed(topup, 'paid')
}

async function together(one: Shopper): Promise<void> {
  const [first, second] = [await one.open(), await one.open()]
  if (!first || !second) return
  await one.payTogether(first, second)
}

async function byFacade(one: Shopper): Promise<void> {
  const topup = await one.openByFacade()
  if (topup) await one.pay(topup)
}
