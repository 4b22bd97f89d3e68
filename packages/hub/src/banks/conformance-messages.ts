import assert from 'node:assert/strict'
import { parseAmount } from '../money/money.ts'
import type { Bank } from './bank.ts'
import type { CallbackReading, RawCallback } from './callback.ts'
import { amounts, askFor, payCode, problemsOf, showCode } from './conformance-world.ts'
import type { BankUnderTest, Claim } from './conformance-world.ts'

/** Callbacks only make us look; a notice claims something. */
const callsBack = (bank: Bank): boolean => bank.callbacks !== undefined
const tellsUs = (bank: Bank): boolean => bank.describe().webhook !== 'never' && !callsBack(bank)

const junk = [
  ...['', '{', 'null', '[]', '"x"', '1e999', '<html>', '{"a":'.repeat(50_000), '{"__proto__":{}}', '\u0000'].map(
    (text) => Buffer.from(text),
  ),
  Buffer.from([0xff, 0xfe, 0x7b]),
  Buffer.alloc(65_536),
]

export const claimsAboutMessages: readonly Claim[] = [
  {
    says: 'tells of a payment in a notice that names reference, merchant, amount and time',
    holdsFor: tellsUs,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      const [paid] = await payCode(world, asked)
      const [message] = await world.control.told(asked.reference, 'webhook', 1)
      assert.ok(message && paid)
      const reading = bank.readWebhook(message, new Date())
      assert.ok(reading.ok, problemsOf(reading))
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
        const asked = await showCode(bank, askFor(world))
        await payCode(world, asked, order)
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
    holdsFor: tellsUs,
    async check(bank, world) {
      const paymentNumber = Number(world.newReference())
      const amount = { amountMinor: parseAmount(amounts.USD, 'USD'), currency: 'USD' } as const
      await world.control.payBill({ paymentNumber, amount: amounts.USD, currency: 'USD' })
      const [message] = await world.control.told(String(paymentNumber), 'confirmation', 1)
      assert.ok(message)
      const reading = bank.readConfirmation(message, new Date())
      assert.ok(reading.ok, problemsOf(reading))
      assert.equal(reading.claims.paymentNumber, BigInt(paymentNumber))
      assert.deepEqual(reading.claims.amount, amount)
      assert.ok(reading.claims.bankTransactionId)
    },
  },
  {
    says: 'is read without an exception, whatever bytes come in its name',
    // oxlint-disable-next-line require-await
    async check(bank) {
      for (const body of junk) {
        const message = { contentType: undefined, body }
        assert.equal(bank.readWebhook(message, new Date()).ok, false)
        assert.equal(bank.readConfirmation(message, new Date()).ok, false)
      }
    },
  },
  {
    says: 'calls back about a payment, validly signed, and names its code; without its own signature it is nobody',
    holdsFor: callsBack,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      await payCode(world, asked)
      const [message] = await calledBack(world, asked.reference, 1)
      assert.ok(message)
      const read = (one: RawCallback) => readCallback(bank, one, asked.account.accountNumber)
      const { authenticity, isReplayed, reference } = read(message)
      assert.deepEqual([authenticity, isReplayed, reference], ['valid', false, asked.reference])
      const bare = read({ ...message, headers: {} })
      assert.deepEqual([bare.authenticity, bare.reference, bare.fingerprint], ['absent', asked.reference, undefined])
      const text = message.body.toString().replace(asked.reference, world.newReference())
      assert.equal(read({ ...message, body: Buffer.from(text) }).authenticity, 'invalid')
    },
  },
  {
    says: 'calls back about one payment three times with one fingerprint, and about two payments with two',
    holdsFor: callsBack,
    async check(bank, world) {
      for (const [order, count, different] of [
        [{ webhook: 'duplicate' }, 3, 1],
        [{ times: 2 }, 2, 2],
      ] as const) {
        const asked = await showCode(bank, askFor(world))
        await payCode(world, asked, order)
        const called = await calledBack(world, asked.reference, count)
        const prints = called.map((one) => readCallback(bank, one, asked.account.accountNumber).fingerprint)
        assert.deepEqual([prints.length, new Set(prints).size, prints.includes(undefined)], [count, different, false])
      }
    },
  },
  {
    says: 'is read as a callback without an exception, whatever bytes come in its name, and none of them is valid',
    holdsFor: callsBack,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      await payCode(world, asked)
      const [message] = await calledBack(world, asked.reference, 1)
      assert.ok(message)
      for (const body of junk) {
        const reading = readCallback(bank, { ...message, body }, asked.account.accountNumber)
        assert.notEqual(reading.authenticity, 'valid')
      }
    },
  },
]

function readCallback({ callbacks }: Bank, message: RawCallback, accountNumber: string): CallbackReading {
  assert.ok(callbacks)
  return callbacks.read(message, accountNumber)
}

function calledBack({ control }: BankUnderTest, reference: string, count: number): Promise<readonly RawCallback[]> {
  assert.ok(control.called, 'the bank has callbacks, and its control does not say which')
  return control.called(reference, count)
}
