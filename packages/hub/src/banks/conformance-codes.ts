import assert from 'node:assert/strict'
import type { TroubleKind } from '../kit/trouble.ts'
import type { Bank } from './bank.ts'
import { askFor, asTrouble, call, impatient, keepsNoSecret, lies, troubleOf, waysOf } from './conformance-world.ts'
import type { Claim } from './conformance-world.ts'

/** A bank that knows our codes by their MD5 has no part in writing them. */
const writesThem = (bank: Bank): boolean => bank.describe().verify !== 'by_md5'
const theyAreOurs = (bank: Bank): boolean => bank.describe().verify === 'by_md5'

export const claimsAboutCodes: readonly Claim[] = [
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
    holdsFor: writesThem,
    async check(bank, world) {
      for (const fault of ['wrong-qr', 'wrong-payee']) {
        await world.control.fault('qr', fault)
        const asked = askFor(world)
        assert.equal(lies(bank, await bank.createQr(asked, call), asked).length, 1, fault)
      }
    },
  },
  {
    says: 'gives trouble, or a code that is caught, when its answer is an error, HTML, half, cut off, silent or a refusal',
    holdsFor: writesThem,
    async check(bank, world) {
      const wanted: Record<string, readonly TroubleKind[]> = {
        '500': ['error_answer'],
        html: ['unreadable'],
        truncated: ['unreadable'],
        cut: ['unreachable'],
        silent: ['timeout'],
        quota: [waysOf(world).overLimit],
      }
      for (const [fault, kinds] of Object.entries(wanted)) {
        await world.control.fault('qr', fault)
        const asked = askFor(world)
        const answer = await Promise.allSettled([
          world.makeBank().createQr(asked, fault === 'silent' ? impatient : call),
        ])
        if (answer[0].status === 'fulfilled') {
          assert.notDeepEqual(lies(bank, answer[0].value, asked), [], fault)
          continue
        }
        const trouble = asTrouble(answer[0].reason)
        assert.ok(kinds.includes(trouble.kind), `${fault}: ${trouble.message}`)
        assert.equal(trouble.outcome, fault === 'quota' ? 'not_done' : 'unknown', fault)
        keepsNoSecret(trouble.exchange ? [trouble.exchange] : [], world)
      }
    },
  },
  {
    says: 'lets us in, and after our token ended early, lets us in once more without anybody noticing',
    holdsFor: writesThem,
    async check(bank, world) {
      await bank.checkCredentials(call)
      await bank.createQr(askFor(world), call)
      await world.control.fault('qr', 'expired-token')
      const asked = askFor(world)
      const answer = await bank.createQr(asked, call)
      assert.deepEqual(lies(bank, answer, asked), [])
      assert.deepEqual(
        answer.exchanges.map((exchange) => exchange.httpStatus),
        waysOf(world).renewed,
      )
    },
  },
  {
    says: 'refuses wrong credentials as such, and nothing secret is kept of it',
    holdsFor: writesThem,
    async check(bank, world) {
      await world.control.fault('login', 'wrong-secret')
      for (const ask of [() => bank.checkCredentials(call), () => bank.createQr(askFor(world), call)]) {
        const trouble = await troubleOf(ask())
        assert.deepEqual([trouble.kind, trouble.outcome], ['auth_refused', 'not_done'])
        keepsNoSecret(trouble.exchange ? [trouble.exchange] : [], world)
      }
    },
  },
  {
    says: 'is not needed for a true code: one is there at once, whatever its answers are',
    holdsFor: theyAreOurs,
    async check(bank, world) {
      for (const fault of ['500', 'html', 'truncated', 'cut', 'silent']) {
        await world.control.fault('qr', fault)
        const asked = askFor(world)
        const answer = await bank.createQr(asked, impatient)
        assert.deepEqual([lies(bank, answer, asked), answer.deeplink], [[], undefined], fault)
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
