import type { Policy } from './policy-book.ts'

/** A sample instalment's due date is so many days after the day the samples were dated. */
type Sample = Omit<Policy, 'instalments'> & {
  readonly instalments: readonly { amount: string; currency: 'USD' | 'KHR'; dueInDays: number }[]
}

const dlisSamples: readonly Sample[] = [
  sample('P123456789', 'SOPHEAP EXAMPLE', [{ amount: '150.00', currency: 'USD', dueInDays: 30 }]),
  sample('P200000002', 'សុភាព គំរូ', [{ amount: '600000', currency: 'KHR', dueInDays: 21 }]),
  sample('P300000003', 'DARA SAMPLE', []),
  sample('P400000004', 'BOPHA EXAMPLE', [
    { amount: '75.25', currency: 'USD', dueInDays: 14 },
    { amount: '75.25', currency: 'USD', dueInDays: 104 },
  ]),
  {
    ...sample('P600000006', 'SLOW SAMPLE', [{ amount: '12.00', currency: 'USD', dueInDays: 30 }]),
    answersAfterMs: 3000,
  },
  { ...sample('P700000007', 'BROKEN SAMPLE', [{ amount: '10.00', currency: 'USD', dueInDays: 30 }]), isBroken: true },
]

const ingeniumSamples: readonly Sample[] = [
  sample('A10000001', 'RITHY APPLICANT', [{ amount: '320.00', currency: 'USD', dueInDays: 10 }]),
  sample('P500000005', 'CHANTHA OLDER', [{ amount: '42.00', currency: 'USD', dueInDays: 17 }]),
]

export const samplesBySystem = { DLIS: dlisSamples, INGENIUM: ingeniumSamples }

/** The samples with their due dates counted from `day` (`yyyy-mm-dd`). */
export function datedSamples(samples: readonly Sample[], day: string): Policy[] {
  return samples.map((one) => ({
    ...one,
    instalments: one.instalments.map(({ amount, currency, dueInDays }) => ({
      amount,
      currency,
      dueDate: daysAfter(day, dueInDays),
    })),
  }))
}

export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The date in Phnom Penh (UTC+7). */
export function dayAt(nowMs: number): string {
  return new Date(nowMs + 7 * 3_600_000).toISOString().slice(0, 10)
}

function sample(number: string, payer: string, instalments: Sample['instalments']): Sample {
  return {
    number,
    payer,
    email: `${number.toLowerCase()}@customer.example`,
    phone: `+855000${number.slice(-6)}`,
    instalments,
  }
}
