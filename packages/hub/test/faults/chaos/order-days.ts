import type { Buyer, OrderMethod, ShownOrder } from './buyers.ts'

type Day = { readonly weight: number; live(buyer: Buyer): Promise<unknown> }

/** The days of a shop's customer: through ABA PayWay, which tells us by callbacks, or through the network, which does not. */
export const orderDays = {
  'pays an order': { weight: 16, live: (one) => paying(one) },
  'pays an order through the network': { weight: 10, live: (one) => paying(one, {}, 'bakong') },
  'pays an order, and watches': { weight: 6, live: watches },
  'the callback comes three times': { weight: 5, live: (one) => paying(one, { webhook: 'duplicate' }) },
  'the callback comes late': { weight: 5, live: (one) => paying(one, { webhook: `late:${one.random.whole(2, 10)}` }) },
  'the callback never comes': { weight: 6, live: (one) => paying(one, { webhook: 'drop' }) },
  'the callback comes in another form': {
    weight: 4,
    live: (one) => paying(one, { shape: one.random.pick(['form', 'form-response', 'probe']) }),
  },
  'the callback is forged': { weight: 4, live: forged },
  'the callback lies under the right key': { weight: 3, live: lies },
  'the callback is not signed, and then it is': { weight: 3, live: (one) => paying(one, { signature: 'none' }) },
  'pays an order from an account in another currency': {
    weight: 5,
    live: (one) => paying(one, { payerCurrency: one.order.currency === 'USD' ? 'KHR' : 'USD' }),
  },
  'pays an order’s code twice': { weight: 3, live: twice },
  'pays too little for an order': {
    weight: 2,
    live: (one) => paying(one, { amount: one.order.currency === 'USD' ? '0.50' : '500' }, anyMethod(one)),
  },
  'pays too much for an order': {
    weight: 2,
    live: (one) => paying(one, { amount: one.order.currency === 'USD' ? '2000.01' : '900000' }, anyMethod(one)),
  },
  'pays an order in another currency': {
    weight: 2,
    live: (one) =>
      paying(
        one,
        one.order.currency === 'USD' ? { currency: 'KHR', amount: '5000' } : { currency: 'USD', amount: '5.00' },
        anyMethod(one),
      ),
  },
  'an order is paid too late, and given back': { weight: 3, live: givenBack },
  'paid, but not listed at first (order)': { weight: 4, live: unlistedFirst },
  'paid, and the bank talks nonsense at first': { weight: 3, live: nonsenseFirst },
  'asks for an order’s code and never pays': { weight: 4, live: (one) => show(one, anyMethod(one)) },
  'an order is never paid, and its code expires': { weight: 4, live: expires },
  'pays an order as its code expires': { weight: 4, live: asItExpires },
  'pays an order after its code has expired': { weight: 4, live: afterExpiry },
  'an order’s code expires, and another one is paid': { weight: 4, live: secondCode },
  'both codes of an order are paid': { weight: 3, live: bothCodes },
  'an order is cancelled while it is paid': { weight: 5, live: cancelledWhilePaid },
  'an order is cancelled, and paid all the same': { weight: 4, live: cancelledThenPaid },
  'an order is cancelled': { weight: 3, live: cancelled },
  'asks for a code of an order twice at once': { weight: 4, live: twiceAtOnce },
} as const satisfies Record<string, Day>

function anyMethod({ random }: Buyer): OrderMethod {
  return random.pick(['abapay_khqr_deeplink', 'abapay_khqr_deeplink', 'bakong'])
}

async function show(one: Buyer, method: OrderMethod): Promise<ShownOrder | undefined> {
  return (await one.places()) ? one.code(method) : undefined
}

async function paying(
  one: Buyer,
  how: Readonly<Record<string, unknown>> = {},
  method: OrderMethod = 'abapay_khqr_deeplink',
): Promise<void> {
  const shown = await show(one, method)
  if (!shown) return
  await one.wait(0, 2_000)
  await one.pay(shown, how)
}

/** Somebody else's word first, then the money. */
async function forged(one: Buyer): Promise<void> {
  const shown = await show(one, 'abapay_khqr_deeplink')
  if (!shown) return
  await one.pay(shown, { webhook: 'forged', signature: one.random.pick(['wrong', 'unsorted', 'none']) })
  await one.wait(0, 3_000)
  if (one.random.chance(0.7)) await one.pay(shown)
}

/** Well signed, and nobody has paid: the bank itself is asked. */
async function lies(one: Buyer): Promise<void> {
  const shown = await show(one, 'abapay_khqr_deeplink')
  if (!shown) return
  await one.pay(shown, { webhook: 'forged', signature: 'right' })
  await one.wait(0, 3_000)
  if (one.random.chance(0.5)) await one.pay(shown)
}

async function twice(one: Buyer): Promise<void> {
  const shown = await show(one, 'abapay_khqr_deeplink')
  if (shown) await one.pay(shown, { times: 2, gapMs: one.random.whole(0, 1_500) })
}

/** PayWay sends late money back by itself. */
async function givenBack(one: Buyer): Promise<void> {
  const shown = await show(one, 'abapay_khqr_deeplink')
  if (shown) await one.reversed(shown)
}

async function unlistedFirst(one: Buyer): Promise<void> {
  const shown = await show(one, anyMethod(one))
  if (!shown) return
  await one.pay(shown, { verify: 'unpaid' })
  await one.wait(500, 4_000)
  await one.listed(shown, 'paid')
}

async function nonsenseFirst(one: Buyer): Promise<void> {
  const shown = await show(one, 'abapay_khqr_deeplink')
  if (!shown) return
  await one.pay(shown, { verify: one.random.pick(['garbage', 'silent', 'flap']) })
  await one.wait(500, 4_000)
  await one.listed(shown, 'paid')
}

async function watches(one: Buyer): Promise<void> {
  const shown = await show(one, anyMethod(one))
  if (!shown) return
  await Promise.all([one.watch(one.random.whole(2_000, 10_000)), one.wait(0, 3_000).then(() => one.pay(shown))])
}

async function expires(one: Buyer): Promise<void> {
  const shown = await show(one, anyMethod(one))
  if (shown) await one.goesAway(shown)
}

/** The last look and the money race. */
async function asItExpires(one: Buyer): Promise<void> {
  const shown = await show(one, anyMethod(one))
  if (!shown) return
  await Promise.all([one.wait(0, 1_500).then(() => one.pay(shown)), one.goesAway(shown)])
}

async function afterExpiry(one: Buyer): Promise<void> {
  const shown = await show(one, anyMethod(one))
  if (!shown) return
  await one.goesAway(shown)
  await one.wait(2_000, 6_000)
  await one.pay(shown, { late: true })
  await one.goesAway(shown)
}

async function secondCode(one: Buyer): Promise<void> {
  const first = await show(one, anyMethod(one))
  if (!first) return
  await one.goesAway(first)
  const second = await one.code(anyMethod(one))
  if (second) await one.pay(second)
}

/** The first one is expired for us alone: its bank still takes money for it. */
async function bothCodes(one: Buyer): Promise<void> {
  const first = await show(one, anyMethod(one))
  if (!first) return
  await one.goesAway(first)
  const second = await one.code(anyMethod(one))
  const paid = one.random.chance(0.5) ? [first, second] : [second, first]
  for (const shown of paid) {
    if (shown) await one.pay(shown, { late: true })
    await one.wait(0, 1_500)
  }
}

async function cancelledWhilePaid(one: Buyer): Promise<void> {
  const shown = await show(one, anyMethod(one))
  if (!shown) return
  await Promise.all([one.cancels(), one.wait(0, 800).then(() => one.pay(shown))])
}

async function cancelledThenPaid(one: Buyer): Promise<void> {
  const shown = await show(one, anyMethod(one))
  if (!shown) return
  await one.cancels()
  await one.pay(shown, { late: true })
}

async function cancelled(one: Buyer): Promise<void> {
  if (one.random.chance(0.5)) await show(one, anyMethod(one))
  else if (!(await one.places())) return
  await one.cancels()
}

/** Of two requests at once one is shown a code, and the other is told of it or shown the same. */
async function twiceAtOnce(one: Buyer): Promise<void> {
  if (!(await one.places())) return
  const method = anyMethod(one)
  const shown = (await Promise.all([one.code(method), one.code(method)])).filter((each) => each !== undefined)
  const [first] = shown
  if (first) await one.pay(first)
}
