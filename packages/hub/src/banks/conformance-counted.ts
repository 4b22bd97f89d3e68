import assert from 'node:assert/strict'
import { Trouble } from '../kit/trouble.ts'
import type { Bank, TokenHealth, Verification, VerifyKeys } from './bank.ts'
import type { Allowance } from './keeping.ts'
import { askFor, call, impatient, payCode, showCode, troubleOf } from './conformance-world.ts'
import type { Asked, BankUnderTest, Claim } from './conformance-world.ts'

const isCounted = (bank: Bank): boolean => bank.describe().callsAreCounted
const planned = { ...call, planned: true }
/** More than any bank under test allows a day, so that a claim that waits for the end of it ends. */
const mostCalls = 1_000

export const claimsAboutCountedCalls: readonly Claim[] = [
  {
    says: 'counts each call about money as the bank does, answered or not, and no other call',
    holdsFor: isCounted,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      await bank.checkCredentials(call)
      await bank.probe(call)
      assert.equal((await allowanceOf(bank)).spent, 0)
      const before = await countOf(world)
      await bank.verify(asked, call)
      for (const fault of ['500', 'html', 'silent', 'cut']) {
        await world.control.fault('verify', fault)
        await Promise.allSettled([bank.verify(asked, impatient)])
      }
      assert.deepEqual([(await allowanceOf(bank)).spent, (await countOf(world)) - before], [5, 5])
    },
  },
  {
    says: 'finds what was paid among many payments with as few calls as it says, and answers in the order of the question',
    holdsFor: isCounted,
    async check(bank, world) {
      const codes = await showCodes(bank, world, 4)
      const [, second] = codes
      assert.ok(second)
      const paid = await payCode(world, second)
      const perCall = bank.codesPerCall?.() ?? 1
      const answers = await verifyMany(bank, codes)
      assert.deepEqual(statesOf(answers), ['unpaid', 'paid', 'unpaid', 'unpaid'])
      const [, found] = answers
      assert.ok(found && !(found instanceof Trouble))
      assert.equal(found.movements[0]?.bankTransactionId, paid[0]?.bankTransactionId)
      assert.equal((await allowanceOf(bank)).spent, Math.ceil(codes.length / perCall))
    },
  },
  {
    says: 'asks one by one where it is refused lists, and says so',
    holdsFor: (bank) => isCounted(bank) && (bank.codesPerCall?.() ?? 1) > 1,
    async check(bank, world) {
      await world.control.fault('verify-list', 'list-refused')
      const codes = await showCodes(bank, world, 2)
      const [first, second] = await verifyMany(bank, codes)
      assert.ok(first && !(first instanceof Trouble))
      assert.ok(second instanceof Trouble)
      assert.deepEqual([first.state, second.outcome, bank.codesPerCall?.()], ['unpaid', 'not_done', 1])
      assert.deepEqual(statesOf(await verifyMany(bank, codes)), ['unpaid', 'unpaid'])
    },
  },
  {
    says: 'asks nothing planned once the reserve alone is left, and nothing at all once the day is used up',
    holdsFor: isCounted,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      const before = await countOf(world)
      await askUntilRefused(bank, asked, planned)
      const { left, reserve, perDay } = await allowanceOf(bank)
      assert.equal(left, reserve)
      await askUntilRefused(bank, asked, call)
      assert.deepEqual([(await allowanceOf(bank)).left, (await countOf(world)) - before], [0, perDay])
    },
  },
  {
    says: 'is left alone after it said that the day is used up',
    holdsFor: isCounted,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      await world.control.fault('verify', 'quota')
      assert.equal((await troubleOf(bank.verify(asked, call))).kind, 'quota')
      await world.control.clearFaults()
      const before = await countOf(world)
      const trouble = await troubleOf(bank.verify(asked, { ...call, notified: true }))
      assert.deepEqual([trouble.kind, trouble.outcome], ['quota', 'not_done'])
      assert.deepEqual(statesOf(await verifyMany(bank, [asked])), ['quota'])
      const { latched, left, resetsAt } = await allowanceOf(bank)
      assert.deepEqual([latched, left, await countOf(world)], [true, 0, before])
      assert.ok(Math.abs(resetsAt.getTime() - Date.now() - trouble.retryAfterS * 1000) < 60_000)
    },
  },
  {
    says: 'is asked with a renewed token after it ended ours early, and meanwhile is trouble, never unpaid',
    holdsFor: (bank) => isCounted(bank) && bank.keepToken !== undefined,
    async check(bank, world) {
      const asked = await showCode(bank, askFor(world))
      await payCode(world, asked)
      const before = await tokenOf(bank)
      assert.deepEqual([before.state, before.renewed], ['good', false])
      await world.control.fault('verify', 'expired-token')
      assert.equal((await troubleOf(bank.verify(asked, call))).kind, 'auth_refused')
      const after = await tokenOf(bank)
      assert.deepEqual([after.state, after.renewed], ['good', true], after.sentence)
      assert.notEqual(after.fingerprint, before.fingerprint)
      assert.equal((await bank.verify(asked, call)).state, 'paid')
    },
  },
]

async function showCodes(bank: Bank, world: BankUnderTest, count: number): Promise<Asked[]> {
  const codes: Asked[] = []
  while (codes.length < count) codes.push(await showCode(bank, askFor(world)))
  return codes
}

function verifyMany(bank: Bank, keys: readonly VerifyKeys[]): Promise<(Verification | Trouble)[]> {
  assert.ok(bank.verifyMany, 'calls are counted, and there is no verifyMany')
  return bank.verifyMany(keys, planned)
}

function statesOf(answers: readonly (Verification | Trouble)[]): string[] {
  return answers.map((answer) => (answer instanceof Trouble ? answer.kind : answer.state))
}

async function askUntilRefused(bank: Bank, asked: Asked, context: typeof call): Promise<void> {
  for (let calls = 0; calls < mostCalls; calls += 1) {
    const [answer] = await Promise.allSettled([bank.verify(asked, context)])
    if (answer.status === 'fulfilled') continue
    assert.ok(answer.reason instanceof Trouble && answer.reason.kind === 'quota', String(answer.reason))
    return
  }
  assert.fail(`${mostCalls} calls were granted`)
}

function allowanceOf(bank: Bank): Promise<Allowance> {
  assert.ok(bank.allowance, 'calls are counted, and there is no allowance')
  return bank.allowance()
}

function tokenOf(bank: Bank): Promise<TokenHealth> {
  assert.ok(bank.keepToken)
  return bank.keepToken(call)
}

function countOf({ control }: BankUnderTest): Promise<number> {
  assert.ok(control.counted, "the bank's own count is not told")
  return control.counted()
}
