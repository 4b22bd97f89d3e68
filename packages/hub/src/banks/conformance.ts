import assert from 'node:assert/strict'
import { Trouble } from '../kit/trouble.ts'
import type { Exchange, TroubleKind } from '../kit/trouble.ts'
import type { Currency, Money } from '../money/money.ts'
import { parseAmount } from '../money/money.ts'
import type { Bank, MerchantAccount, Movement, QrAnswer, RawMessage, Verification } from './bank.ts'
import { compareQr } from './qr-truth.ts'

/** What a bank's simulator can be told, and what it told us. */
export type BankControl = {
  /** A customer pays a code that the bank made for this reference. Amounts as the movements have them. */
  pay(order: {
    readonly reference: string
    readonly amount?: string
    readonly times?: number
    readonly verify?: 'paid' | 'unpaid' | 'silent' | 'garbage'
    readonly webhook?: 'normal' | 'drop' | 'duplicate'
  }): Promise<readonly { readonly bankTransactionId: string; readonly amount: Money }[]>
  /** A customer pays a bill at the counter; the confirmation is told. */
  payBill(bill: { readonly paymentNumber: number; readonly amount: string; readonly currency: Currency }): Promise<void>
  fault(operation: 'login' | 'qr' | 'verify' | 'health', fault: string): Promise<void>
  clearFaults(): Promise<void>
  /** The notices and confirmations about this reference so far, at least `count` of them. */
  told(reference: string, kind: 'webhook' | 'confirmation', count: number): Promise<readonly RawMessage[]>
}

/** One bank as the suite sees it. */
export type BankUnderTest = {
  /** A new connector each time: what one claim does to tokens and breakers is nobody else's. */
  readonly makeBank: () => Bank
  readonly accounts: readonly MerchantAccount[]
  readonly control: BankControl
  /** A payment number never used before. */
  readonly newReference: () => string
  /** Texts that must never stand in a kept exchange. */
  readonly secrets: readonly string[]
}

/** Something that is true of every bank; `holdsFor` says which capabilities it is about. */
export type Claim = {
  readonly says: string
  readonly holdsFor?: (bank: Bank) => boolean
  readonly check: (bank: Bank, world: BankUnderTest) => Promise<void>
}

const call = { correlationId: 'conformance' }
/** Long enough for a machine under load, short enough to wait for a bank that never answers. */
const impatient = { ...call, deadlineMs: 400 }
const amounts: Record<Currency, string> = { USD: '150.05', KHR: '600000' }

const verifies = (bank: Bank): boolean => bank.describe().verify === 'by_reference'
const tellsUs = (bank: Bank): boolean => bank.describe().webhook !== 'never'

const codes: readonly Claim[] = [
  {
    says: 'makes a code of exactly our amount, currency and payee, in every currency it takes',
    async check(bank, world) {
      for (const currency of bank.describe().currencies) {
        const asked = askFor(world, currency)
        const answer = await bank.createQr(asked, call)
        assert.deepEqual(lies(bank, answer, asked), [])
        keepsNoSecret(answer.exchanges, world)
      }
    },
  },
  {
    says: 'makes a new true code for a reference it had before',
    holdsFor: (bank) => bank.describe().repeatsReference,
    async check(bank, world) {
      const asked = askFor(world, world.accounts[0]?.currency)
      await bank.createQr(asked, call)
      assert.deepEqual(lies(bank, await bank.createQr(asked, call), asked), [])
    },
  },
  {
    says: 'is caught when its code says another amount or another payee',
    async check(bank, world) {
      for (const fault of ['wrong-qr', 'wrong-payee']) {
        await world.control.fault('qr', fault)
        const asked = askFor(world)
        assert.equal(lies(bank, await bank.createQr(asked, call), asked).length, 1, fault)
      }
    },
  },
  {
    says: 'gives trouble and never a code when its answer is an error, HTML, half, cut off, silent or a refusal',
    async check(_bank, world) {
      const wanted: Record<string, readonly TroubleKind[]> = {
        '500': ['error_answer'],
        html: ['unreadable'],
        truncated: ['unreadable'],
        cut: ['unreachable'],
        silent: ['timeout'],
        quota: ['error_answer'],
      }
      for (const [fault, kinds] of Object.entries(wanted)) {
        await world.control.fault('qr', fault)
        const trouble = await troubleOf(world.makeBank().createQr(askFor(world), impatient))
        assert.ok(kinds.includes(trouble.kind), `${fault}: ${trouble.message}`)
        assert.equal(trouble.outcome, fault === 'quota' ? 'not_done' : 'unknown', fault)
        keepsNoSecret(trouble.exchange ? [trouble.exchange] : [], world)
      }
    },
  },
  {
    says: 'lets us in, and after our token ended early, lets us in once more without anybody noticing',
    async check(bank, world) {
      await bank.checkCredentials(call)
      await bank.createQr(askFor(world), call)
      await world.control.fault('qr', 'expired-token')
      const asked = askFor(world)
      const answer = await bank.createQr(asked, call)
      assert.deepEqual(lies(bank, answer, asked), [])
      assert.deepEqual(
        answer.exchanges.map((exchange) => exchange.httpStatus),
        [401, 200],
      )
    },
  },
  {
    says: 'refuses wrong credentials as such, and nothing secret is kept of it',
    async check(bank, world) {
      await world.control.fault('login', 'wrong-secret')
      for (const refused of [bank.checkCredentials(call), bank.createQr(askFor(world), call)]) {
        const trouble = await troubleOf(refused)
        assert.deepEqual([trouble.kind, trouble.outcome], ['auth_refused', 'not_done'])
        keepsNoSecret(trouble.exchange ? [trouble.exchange] : [], world)
      }
    },
  },
  {
    says: 'answers a probe with anything at all, and silence is the only no',
    async check(bank, world) {
      assert.equal((await bank.probe(call)).reachable, true)
      await world.control.fault('health', '500')
      assert.equal((await bank.probe(call)).reachable, true)
      await world.control.fault('health', 'silent')
      assert.equal((await bank.probe(impatient)).reachable, false)
    },
  },
]

const verification: readonly Claim[] = [
  {
    says: 'knows no money before anybody paid, and none of a reference it never had',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = askFor(world)
      await bank.createQr(asked, call)
      for (const reference of [asked.reference, world.newReference()]) {
        const found = await bank.verify({ ...asked, reference }, call)
        assert.ok(found.state === 'unpaid' || found.state === 'not_found', found.doubt ?? found.state)
        assert.deepEqual(found.movements, [])
      }
    },
  },
  {
    says: 'lists what was paid, in every currency, to the last cent, with its transaction id and time',
    holdsFor: verifies,
    async check(bank, world) {
      for (const currency of bank.describe().currencies) {
        const asked = askFor(world, currency)
        await bank.createQr(asked, call)
        const paid = await world.control.pay({ reference: asked.reference })
        fits(asked.reference, await bank.verify(asked, call), paid)
      }
    },
  },
  {
    says: 'reports another amount than was asked for as it is, and judges nothing',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = askFor(world, 'USD')
      await bank.createQr(asked, call)
      const paid = await world.control.pay({ reference: asked.reference, amount: '0.10' })
      fits(asked.reference, await bank.verify(asked, call), paid)
    },
  },
  {
    says: 'lists every payment of a code that was paid three times',
    holdsFor: (bank) => verifies(bank) && bank.describe().listsAllMovements,
    async check(bank, world) {
      const asked = askFor(world)
      await bank.createQr(asked, call)
      const paid = await world.control.pay({ reference: asked.reference, times: 3 })
      assert.equal(paid.length, 3)
      fits(asked.reference, await bank.verify(asked, call), paid)
    },
  },
  {
    says: 'is unknown, never unpaid, when its answer is HTML, half an answer or garbage',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = await paidCode(bank, world, 'paid')
      for (const fault of ['html', 'truncated']) {
        await world.control.fault('verify', fault)
        isDoubted(await bank.verify(asked, call))
      }
      await world.control.clearFaults()
      isDoubted(await bank.verify(await paidCode(bank, world, 'garbage'), call))
    },
  },
  {
    says: 'is trouble, never unpaid, when it is silent, answers an error, breaks off or refuses our signature',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = await paidCode(bank, world, 'paid')
      for (const [fault, kind] of [
        ['silent', 'timeout'],
        ['500', 'error_answer'],
        ['cut', 'unreachable'],
        ['quota', 'error_answer'],
        ['wrong-secret', 'error_answer'],
      ] as const) {
        await world.control.fault('verify', fault)
        const trouble = await troubleOf(world.makeBank().verify(asked, impatient))
        assert.equal(trouble.kind, kind, `${fault}: ${trouble.message}`)
        keepsNoSecret(trouble.exchange ? [trouble.exchange] : [], world)
      }
    },
  },
  {
    says: 'is asked again at once when every second answer is an error',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = await paidCode(bank, world, 'paid')
      await world.control.fault('verify', 'flap')
      for (let time = 0; time < 3; time += 1) assert.equal((await bank.verify(asked, call)).state, 'paid')
    },
  },
  {
    says: 'is still asked about notified money while its breaker is open',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = await paidCode(bank, world, 'paid')
      await world.control.fault('verify', '500')
      for (let time = 0; time < 4; time += 1) await troubleOf(bank.verify(asked, call))
      assert.equal((await troubleOf(bank.verify(asked, call))).kind, 'circuit_open')
      await world.control.clearFaults()
      assert.equal((await bank.verify(asked, { ...call, notified: true })).state, 'paid')
    },
  },
]

const messages: readonly Claim[] = [
  {
    says: 'tells of a payment in a notice that names reference, merchant, amount and time',
    holdsFor: tellsUs,
    async check(bank, world) {
      const asked = askFor(world)
      await bank.createQr(asked, call)
      const [paid] = await world.control.pay({ reference: asked.reference })
      const [message] = await world.control.told(asked.reference, 'webhook', 1)
      assert.ok(message && paid)
      const reading = bank.readWebhook(message, new Date())
      assert.ok(reading.ok, JSON.stringify(reading))
      assert.equal(reading.claims.reference, asked.reference)
      assert.equal(reading.claims.merchantNumber, asked.account.accountNumber)
      assert.deepEqual(reading.claims.amount, paid.amount)
      assert.equal(reading.claims.success, true)
    },
  },
  {
    says: 'tells one payment three times with one fingerprint, and two payments with two',
    holdsFor: tellsUs,
    async check(bank, world) {
      for (const [order, count, different] of [
        [{ webhook: 'duplicate' }, 3, 1],
        [{ times: 2 }, 2, 2],
      ] as const) {
        const asked = askFor(world)
        await bank.createQr(asked, call)
        await world.control.pay({ reference: asked.reference, ...order })
        const told = await world.control.told(asked.reference, 'webhook', count)
        const prints = told
          .map((message) => bank.readWebhook(message, new Date()))
          .map((reading) => {
            assert.ok(reading.ok)
            return reading.claims.fingerprint
          })
        assert.equal(prints.length, count)
        assert.equal(new Set(prints).size, different)
      }
    },
  },
  {
    says: 'confirms a bill paid at the counter with our payment number, amount and its transaction id',
    async check(bank, world) {
      const paymentNumber = Number(world.newReference())
      const amount = { amountMinor: parseAmount(amounts.USD, 'USD'), currency: 'USD' } as const
      await world.control.payBill({ paymentNumber, amount: amounts.USD, currency: 'USD' })
      const [message] = await world.control.told(String(paymentNumber), 'confirmation', 1)
      assert.ok(message)
      const reading = bank.readConfirmation(message, new Date())
      assert.ok(reading.ok, JSON.stringify(reading))
      assert.equal(reading.claims.paymentNumber, BigInt(paymentNumber))
      assert.deepEqual(reading.claims.amount, amount)
      assert.ok(reading.claims.bankTransactionId)
    },
  },
  {
    says: 'is read without an exception, whatever bytes come in its name',
    // oxlint-disable-next-line require-await
    async check(bank) {
      const junk = [
        '',
        '{',
        'null',
        '[]',
        '"x"',
        '1e999',
        '<html>',
        '{"a":'.repeat(50_000),
        '{"__proto__":{}}',
        '\u0000',
      ]
      for (const body of [
        ...junk.map((text) => Buffer.from(text)),
        Buffer.from([0xff, 0xfe, 0x7b]),
        Buffer.alloc(65_536),
      ]) {
        const message = { contentType: undefined, body }
        assert.equal(bank.readWebhook(message, new Date()).ok, false)
        assert.equal(bank.readConfirmation(message, new Date()).ok, false)
      }
    },
  },
]

/** The suite every bank passes, over real HTTP against its simulator. Clear the faults after each claim. */
export const conformance: readonly Claim[] = [...codes, ...verification, ...messages]

type Asked = ReturnType<typeof askFor>

function askFor(world: BankUnderTest, currency: Currency = world.accounts[0]?.currency ?? 'USD') {
  const account = world.accounts.find((one) => one.currency === currency)
  assert.ok(account, `the bank under test has no ${currency} account`)
  return {
    reference: world.newReference(),
    amount: { amountMinor: parseAmount(amounts[currency], currency), currency },
    payer: 'សុខ ដារ៉ា & "Sok Dara"',
    account,
    expiresAt: new Date(Date.now() + 900_000),
  }
}

function lies(bank: Bank, answer: QrAnswer, asked: Asked): string[] {
  return compareQr(answer.qrString, { ...asked, writesReference: bank.describe().writesReference })
}

async function paidCode(bank: Bank, world: BankUnderTest, verify: 'paid' | 'garbage'): Promise<Asked> {
  const asked = askFor(world)
  await bank.createQr(asked, call)
  await world.control.pay({ reference: asked.reference, verify, webhook: 'drop' })
  return asked
}

/** The listed movements are those that were paid. A bare "paid" is one movement under our reference, amount or none. */
function fits(
  reference: string,
  found: Verification,
  paid: readonly { readonly bankTransactionId: string; readonly amount: Money }[],
): void {
  assert.equal(found.state, 'paid', found.doubt)
  assert.equal(found.exchanges.length, 1)
  const [first] = found.movements
  if (first?.keyedBy === 'reference') {
    assert.deepEqual([found.movements.length, first.bankTransactionId], [1, reference])
    if (first.amount) assert.deepEqual(first.amount, paid[0]?.amount)
    return
  }
  const plain = ({ bankTransactionId, amount }: Pick<Movement, 'bankTransactionId' | 'amount'>) =>
    `${bankTransactionId} ${amount?.currency} ${amount?.amountMinor}`
  assert.deepEqual(found.movements.map(plain).sort(), paid.map(plain).sort())
  for (const { paidAt } of found.movements) {
    assert.ok(paidAt && Math.abs(paidAt.getTime() - Date.now()) < 600_000, `paid at ${paidAt?.toISOString()}`)
  }
}

function isDoubted(found: Verification): void {
  assert.equal(found.state, 'unknown')
  assert.deepEqual(found.movements, [])
  assert.ok(found.doubt)
}

async function troubleOf(promise: Promise<unknown>): Promise<Trouble> {
  const [result] = await Promise.allSettled([promise])
  assert.equal(result.status, 'rejected')
  const reason: unknown = result.status === 'rejected' ? result.reason : undefined
  assert.ok(reason instanceof Trouble, String(reason))
  return reason
}

function keepsNoSecret(exchanges: readonly Exchange[], { secrets }: BankUnderTest): void {
  const kept = JSON.stringify(exchanges)
  for (const secret of secrets) assert.ok(!kept.includes(secret), 'a secret stands in a kept exchange')
  assert.doesNotMatch(kept, /ដារ៉ា|Dara/, "a payer's name stands in a kept exchange")
}
