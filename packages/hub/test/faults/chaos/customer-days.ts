import type { Bank, Customer } from './customers.ts'

type Day = {
  readonly weight: number
  /** The hub must ask by itself: no notice ever comes. */
  readonly needsAsking?: true
  live(customer: Customer): Promise<unknown>
}

/** The days a customer can have. Every amount and bank comes with the bill. */
export const customerDays = {
  'pays a code': { weight: 20, live: (one) => paying(one) },
  'the notice comes three times': { weight: 8, live: (one) => paying(one, { webhook: 'duplicate' }) },
  'the notice comes late': { weight: 6, live: (one) => paying(one, { webhook: `late:${one.random.whole(2, 12)}` }) },
  'the notice never comes': { weight: 8, needsAsking: true, live: (one) => paying(one, { webhook: 'drop' }) },
  'pays twice': { weight: 6, live: (one) => paying(one, { times: 2, gapMs: one.random.whole(0, 1_500) }) },
  'pays twice, told in the wrong order': {
    weight: 4,
    live: (one) => paying(one, { times: 2, webhook: 'reorder' }),
  },
  'a second notice says something else': {
    weight: 3,
    live: (one) => paying(one, { webhook: 'duplicate-other-content' }),
  },
  'the bank’s clock is two minutes off': {
    weight: 4,
    live: (one) => paying(one, { clockSkewS: one.random.pick([-120, 120]) }),
  },
  'pays too little': {
    weight: 3,
    live: (one) => paying(one, { amount: one.bill.currency === 'USD' ? '0.50' : '100' }),
  },
  'pays too much': {
    weight: 3,
    live: (one) => paying(one, { amount: one.bill.currency === 'USD' ? '2000.01' : '3000000' }),
  },
  'pays in another currency': {
    weight: 1,
    live: (one) =>
      paying(
        one,
        one.bill.currency === 'USD' ? { currency: 'KHR', amount: '5000' } : { currency: 'USD', amount: '5.00' },
      ),
  },
  'the notice tells another amount than the list': {
    weight: 3,
    live: (one) => paying(one, { verify: 'wrong-amount' }),
  },
  'a forged notice, then a real payment': { weight: 4, live: forgedFirst },
  'paid, but not listed at first': { weight: 5, live: unpaidFirst },
  'only asks': { weight: 3, live: (one) => one.inquire(one.bill.bank) },
  'asks for a code and goes away': { weight: 3, live: (one) => one.code() },
  'pays at the counter': { weight: 10, live: (one) => one.counter(one.bill.bank) },
  'the counter confirms three times': { weight: 4, live: (one) => one.counter(one.bill.bank, { times: 3 }) },
  'the counter confirms again with another amount': {
    weight: 2,
    live: (one) => one.counter(one.bill.bank, { again: { amount: one.bill.currency === 'USD' ? '0.11' : '200' } }),
  },
  'two banks take the bill at their counters': {
    weight: 5,
    live: (one) => Promise.all(counters(one).map((bank) => one.counter(bank))),
  },
  'pays a code and at the counter': { weight: 5, live: codeAndCounter },
  'pays, and the bank takes it back': { weight: 3, live: takenBack },
  'pays codes of two banks': { weight: 4, live: twoCodes },
  'pays a code of a bank that only tells': { weight: 6, live: (one) => paying(one, {}, 'BANK02') },
  'a bank that only tells says it three times': {
    weight: 3,
    live: (one) => paying(one, { webhook: 'duplicate' }, 'BANK02'),
  },
  'a bank that only tells says something else later': {
    weight: 3,
    live: (one) => paying(one, { webhook: 'duplicate-other-content' }, 'BANK02'),
  },
  'a bank that only tells says it late': {
    weight: 2,
    live: (one) => paying(one, { webhook: `late:${one.random.whole(2, 8)}` }, 'BANK02'),
  },
  // The customer has paid and our books cannot know: only a statement will show it.
  'a bank that only tells says nothing': { weight: 2, live: (one) => paying(one, { webhook: 'drop' }, 'BANK02') },
  'pays twice at a bank that only tells': { weight: 2, live: (one) => paying(one, { times: 2 }, 'BANK02') },
  'pays too little at a bank that only tells': {
    weight: 2,
    live: (one) => paying(one, { amount: one.bill.currency === 'USD' ? '0.50' : '100' }, 'BANK02'),
  },
  'pays at the counter of a bank that only tells': { weight: 3, live: (one) => one.counter('BANK02') },
  'pays a code of the network': { weight: 6, needsAsking: true, live: (one) => paying(one, {}, 'BAKONG') },
  'pays codes of a bank and of the network': { weight: 3, needsAsking: true, live: bankAndNetwork },
  'pays a code of the network and at the counter': { weight: 3, needsAsking: true, live: networkAndCounter },
} as const satisfies Record<string, Day>

async function paying(
  customer: Customer,
  how: Readonly<Record<string, unknown>> = {},
  bank: Bank = customer.bill.bank,
): Promise<void> {
  const payment = await customer.code(bank)
  if (payment === undefined) return
  await customer.wait(0, 300)
  await customer.pay(payment, how, bank)
}

async function forgedFirst(customer: Customer): Promise<void> {
  const payment = await customer.code()
  if (payment === undefined) return
  await customer.pay(payment, { webhook: 'forged' })
  await customer.wait(0, 4_000)
  await customer.pay(payment)
}

async function unpaidFirst(customer: Customer): Promise<void> {
  const payment = await customer.code()
  if (payment === undefined) return
  await customer.pay(payment, { verify: 'unpaid' })
  await customer.wait(500, 6_000)
  await customer.listed(payment, 'paid')
}

async function codeAndCounter(customer: Customer): Promise<void> {
  const payment = await customer.code()
  if (payment === undefined) return
  await Promise.all([
    customer.pay(payment),
    customer.wait(0, 200).then(() => customer.counter(customer.random.pick(counters(customer)))),
  ])
}

async function takenBack(customer: Customer): Promise<void> {
  const payment = await customer.code()
  if (payment === undefined) return
  const paid = await customer.pay(payment)
  const transaction = paid?.json['transactions']?.[0]?.['transactionId']
  await customer.wait(1_000, 8_000)
  if (transaction !== undefined) await customer.takeBack(payment, String(transaction))
}

/** AMK has no code in riel. */
async function twoCodes(customer: Customer): Promise<void> {
  const banks = counters(customer)
  for (const bank of banks) {
    const payment = await customer.code(bank)
    if (payment !== undefined) await customer.pay(payment, {}, bank)
  }
}

/** In any order, with the first paid or not when the second is shown. */
async function bankAndNetwork(customer: Customer): Promise<void> {
  const banks: readonly Bank[] = customer.random.chance(0.5)
    ? [customer.bill.bank, 'BAKONG']
    : ['BAKONG', customer.bill.bank]
  const shown: { readonly bank: Bank; readonly payment: number }[] = []
  for (const bank of banks) {
    const payment = await customer.code(bank)
    if (payment !== undefined) shown.push({ bank, payment })
  }
  for (const { bank, payment } of shown) {
    await customer.pay(payment, {}, bank)
    await customer.wait(0, 3_000)
  }
}

async function networkAndCounter(customer: Customer): Promise<void> {
  const payment = await customer.code('BAKONG')
  if (payment === undefined) return
  await Promise.all([
    customer.pay(payment, {}, 'BAKONG'),
    customer.wait(0, 200).then(() => customer.counter(customer.random.pick(counters(customer)))),
  ])
}

function counters(customer: Customer): readonly Bank[] {
  return customer.bill.currency === 'KHR' ? ['BANK01'] : ['AMK', 'BANK01']
}
