import type { PolicyPorts } from './ports.ts'
import { datedSamples, dayAt, daysAfter, samplesBySystem } from './sample-policies.ts'

export type Instalment = { readonly amount: string; readonly currency: 'USD' | 'KHR'; readonly dueDate: string }

export type Policy = {
  readonly number: string
  readonly payer: string
  readonly email: string
  readonly phone: string
  readonly instalments: readonly Instalment[]
  /** The system thinks so long about this one. */
  readonly answersAfterMs?: number
  /** The system answers 500 about this one. */
  readonly isBroken?: boolean
}

export type Credit = {
  readonly creditId: string
  /** The caller's key: our payment number as text. */
  readonly paymentId: string
  readonly policyNumber: string
  readonly amount: string
  readonly currency: 'USD' | 'KHR'
  readonly dueDate: string
  /** The request as it came, to tell a repetition from another credit under the same key. */
  readonly request: string
}

/** A credited premium that was paid back to its payer, whole or in part. */
export type CreditNote = {
  readonly noteId: string
  /** The caller's key: our refund's id. */
  readonly refundId: string
  readonly paymentId: string
  readonly policyNumber: string
  readonly amount: string
  readonly currency: 'USD' | 'KHR'
  readonly request: string
}

export type BillOrder = { readonly count: number; readonly amount: string; readonly currency: 'USD' | 'KHR' }

type PolicyRecord =
  | { readonly k: 'samples'; readonly day: string }
  | ({ readonly k: 'bills'; readonly first: number; readonly dueDate: string } & BillOrder)
  | ({ readonly k: 'credit' } & Credit)
  | ({ readonly k: 'credit-note' } & CreditNote)

export type SystemName = keyof typeof samplesBySystem

/** Made bills are numbered from here: P + nine digits in DLIS, A + eight in Ingenium. */
const madeNumbers = { DLIS: { letter: 'P', first: 800_000_001 }, INGENIUM: { letter: 'A', first: 20_000_001 } }
const madeBillsDueInDays = 30
/** Samples are dated again when the earliest due date has passed; until then a bill stays the same bill. */
const samplesLiveDays = 10

/** What one policy system believes: policies, what is due on them, and what was credited. */
export class PolicyBook {
  readonly #system: SystemName
  readonly #ports: PolicyPorts
  readonly #samples = new Map<string, Policy>()
  readonly #made = new Map<string, Policy>()
  readonly #credits: Credit[] = []
  readonly #creditsByPayment = new Map<string, Credit[]>()
  readonly #creditsByPolicy = new Map<string, Credit[]>()
  readonly #creditNotes: CreditNote[] = []
  #sampleDay: string | undefined
  #nextNumber: number

  constructor(system: SystemName, ports: PolicyPorts) {
    this.#system = system
    this.#ports = ports
    this.#nextNumber = madeNumbers[system].first
  }

  recall(record: PolicyRecord): void {
    if (record.k === 'samples') {
      this.#sampleDay = record.day
      for (const policy of datedSamples(samplesBySystem[this.#system], record.day)) {
        this.#samples.set(policy.number, policy)
      }
    } else if (record.k === 'bills') {
      for (const number of this.#numbers(record.first, record.count)) this.#made.set(number, madePolicy(number, record))
      this.#nextNumber = record.first + record.count
    } else if (record.k === 'credit-note') {
      this.#creditNotes.push(record)
    } else {
      this.#credits.push(record)
      append(this.#creditsByPayment, record.paymentId, record)
      append(this.#creditsByPolicy, record.policyNumber, record)
    }
  }

  /** Called once all records are back: dates the sample policies if nothing was kept, or if they are out of date. */
  dateSamples(): void {
    const today = dayAt(this.#ports.nowMs())
    const isCurrent = this.#sampleDay !== undefined && daysAfter(this.#sampleDay, samplesLiveDays) >= today
    if (!isCurrent) this.#write({ k: 'samples', day: today })
  }

  policy(number: string): Policy | undefined {
    return this.#samples.get(number) ?? this.#made.get(number)
  }

  /**
   * The earliest instalment that no credit has settled. A credit settles the instalment of its due date, and one that
   * names no instalment settles the earliest. A credit note takes nothing back here: that a premium was paid back does
   * not say that it is owed again. In a real system its own people decide whether they bill it anew, and under which date.
   */
  due(policy: Policy): Instalment | undefined {
    const left = [...policy.instalments]
    for (const credit of this.#creditsByPolicy.get(policy.number) ?? []) {
      const named = left.findIndex((instalment) => instalment.dueDate === credit.dueDate)
      left.splice(Math.max(named, 0), 1)
    }
    return left[0]
  }

  creditsOf(paymentId: string): readonly Credit[] {
    return this.#creditsByPayment.get(paymentId) ?? []
  }

  addCredit(credit: Omit<Credit, 'creditId'>): Credit {
    const number = String(this.#credits.length + 1).padStart(6, '0')
    const kept = { creditId: `${this.#system}-CR-${number}`, ...credit }
    this.#write({ k: 'credit', ...kept })
    return kept
  }

  creditNotesOf(refundId: string): readonly CreditNote[] {
    return this.#creditNotes.filter((note) => note.refundId === refundId)
  }

  addCreditNote(note: Omit<CreditNote, 'noteId'>): CreditNote {
    const kept = { noteId: `${this.#system}-CN-${String(this.#creditNotes.length + 1).padStart(6, '0')}`, ...note }
    this.#write({ k: 'credit-note', ...kept })
    return kept
  }

  /** New policies with one instalment each; their numbers. */
  makeBills(order: BillOrder): string[] {
    const first = this.#nextNumber
    const dueDate = daysAfter(dayAt(this.#ports.nowMs()), madeBillsDueInDays)
    this.#write({ k: 'bills', first, dueDate, ...order })
    return this.#numbers(first, order.count)
  }

  /** Credits as the journal shows them. */
  journal(): Pick<Credit, 'paymentId' | 'policyNumber' | 'amount' | 'currency'>[] {
    return this.#credits.map(({ paymentId, policyNumber, amount, currency }) => ({
      paymentId,
      policyNumber,
      amount,
      currency,
    }))
  }

  /** Credit notes as the journal shows them. */
  journalOfNotes(): Pick<CreditNote, 'refundId' | 'paymentId' | 'policyNumber' | 'amount' | 'currency'>[] {
    return this.#creditNotes.map(({ refundId, paymentId, policyNumber, amount, currency }) => ({
      refundId,
      paymentId,
      policyNumber,
      amount,
      currency,
    }))
  }

  #numbers(first: number, count: number): string[] {
    return Array.from({ length: count }, (_, n) => `${madeNumbers[this.#system].letter}${first + n}`)
  }

  #write(record: PolicyRecord): void {
    this.#ports.keep(record)
    this.recall(record)
  }
}

/** Makes sure that a line of the file is a policy system's; the file is the simulator's own, so its form is trusted. */
export function isPolicyRecord(record: Readonly<Record<string, unknown>>): record is PolicyRecord {
  return ['samples', 'bills', 'credit', 'credit-note'].includes(String(record['k']))
}

function madePolicy(number: string, bill: BillOrder & { dueDate: string }): Policy {
  const { amount, currency, dueDate } = bill
  return {
    number,
    payer: `CUSTOMER ${number}`,
    email: `${number.toLowerCase()}@customer.example`,
    phone: `+855000${number.slice(-6)}`,
    instalments: [{ amount, currency, dueDate }],
  }
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
