import assert from 'node:assert/strict'
import type { Bank } from './bank.ts'
import {
  askFor,
  call,
  fits,
  impatient,
  isDoubted,
  keepsNoSecret,
  payCode,
  showCode,
  troubleOf,
  waysOf,
} from './conformance-world.ts'
import type { Asked, BankUnderTest, Claim } from './conformance-world.ts'

const verifies = (bank: Bank): boolean => bank.describe().verify !== 'never'
const isCounted = (bank: Bank): boolean => bank.describe().callsAreCounted

export const claimsAboutVerify: readonly Claim[] = [
  {
    says: 'knows no money before anybody paid, and none of a reference it never had',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      const stranger = { ...asked, reference: world.newReference(), codes: [] }
      for (const keys of [asked, stranger]) {
        const found = await bank.verify(keys, call)
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
        const asked = await showCode(bank, askFor(world, currency))
        const paid = await payCode(world, asked)
        fits(world, asked.reference, await bank.verify(asked, call), paid)
      }
    },
  },
  {
    says: 'reports another amount than was asked for as it is, and judges nothing',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world, 'USD'))
      const paid = await payCode(world, asked, { amount: '0.10' })
      fits(world, asked.reference, await bank.verify(asked, call), paid)
    },
  },
  {
    says: 'lists every payment of a code that was paid three times',
    holdsFor: (bank) => verifies(bank) && bank.describe().listsAllMovements,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      const paid = await payCode(world, asked, { times: 3 })
      assert.equal(paid.length, 3)
      fits(world, asked.reference, await bank.verify(asked, call), paid)
    },
  },
  {
    says: 'lists of a code that was paid three times one payment, or as many as it has, the same at every look',
    holdsFor: (bank) => verifies(bank) && !bank.describe().listsAllMovements,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      const paid = await payCode(world, asked, { times: 3 })
      const listed = (await bank.verify(asked, call)).movements.map((one) => one.bankTransactionId)
      const same = paid.filter((one) => listed.includes(one.bankTransactionId))
      assert.equal(same.length, waysOf(world).listedOfThree)
      fits(world, asked.reference, await bank.verify(asked, call), same)
    },
  },
  {
    says: 'lists the payment of an older code of the same payment',
    holdsFor: (bank) => verifies(bank) && bank.describe().repeatsReference,
    async check(bank, world) {
      const older = await showCode(bank, askFor(world))
      const paid = await payCode(world, older)
      const found = await bank.verify(await showCode(bank, older), call)
      assert.equal(found.state, 'paid', found.doubt)
      const [movement] = found.movements
      const id = movement?.keyedBy === 'reference' ? older.reference : paid[0]?.bankTransactionId
      assert.deepEqual([found.movements.length, movement?.bankTransactionId], [1, id])
    },
  },
  {
    says: 'is unknown, never unpaid, when the money went to another account',
    holdsFor: (bank) => bank.describe().verify === 'by_md5',
    async check(bank, world) {
      isDoubted(await bank.verify(await paidCode(bank, world, 'wrong-account'), call))
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
    says: 'is trouble, never unpaid, when it is silent, answers an error, breaks off, or refuses us',
    holdsFor: verifies,
    async check(bank, world) {
      const asked = await paidCode(bank, world, 'paid')
      for (const [fault, kind] of [
        ['silent', 'timeout'],
        ['500', 'error_answer'],
        ['cut', 'unreachable'],
        ['quota', isCounted(bank) ? 'quota' : waysOf(world).overLimit],
        ['wrong-secret', isCounted(bank) ? 'auth_refused' : waysOf(world).wrongSecretOfRead],
      ] as const) {
        await world.control.fault('verify', fault)
        const trouble = await troubleOf(world.makeBank().verify(asked, fault === 'silent' ? impatient : call))
        assert.equal(trouble.kind, kind, `${fault}: ${trouble.message}`)
        keepsNoSecret(trouble.exchange ? [trouble.exchange] : [], world)
      }
    },
  },
  {
    says: 'is asked again at once when every second answer is an error',
    holdsFor: (bank) => verifies(bank) && !isCounted(bank),
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
      for (let time = 0; time < 10; time += 1) await troubleOf(bank.verify(asked, call))
      assert.equal((await troubleOf(bank.verify(asked, call))).kind, 'circuit_open')
      await world.control.clearFaults()
      assert.equal((await bank.verify(asked, { ...call, notified: true })).state, 'paid')
    },
  },
]

async function paidCode(
  bank: Bank,
  world: BankUnderTest,
  verify: 'paid' | 'garbage' | 'wrong-account',
): Promise<Asked> {
  const asked = await showCode(bank, askFor(world))
  await payCode(world, asked, { verify, webhook: 'drop' })
  return asked
}
