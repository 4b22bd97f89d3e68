import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rulesFor, stateSamples } from '../../../test/support/page-states.ts'
import { minutesLater } from '../../../test/support/sample-payment.ts'
import { changesAtMs } from './page-news.ts'
import { pageFacts, pageVersion } from './page-state.ts'

const lookEveryMs = 20_000
const lookForMs = 3_600_000

test('between two moments at which a page is looked at again it does not change, whatever state it is in', () => {
  let changes = 0
  for (const { name, payment, off } of stateSamples) {
    const rules = rulesFor(off)
    const versionAt = (ms: number) => pageVersion(payment, pageFacts(payment, new Date(ms), rules))
    // Not on the millisecond of an end, which may count as either side of it.
    const start = minutesLater(0).getTime() + 1
    let shown = versionAt(start)
    let untilMs = changesAtMs(payment, new Date(start), rules)
    for (let ms = start; ms < start + lookForMs; ms += lookEveryMs) {
      if (ms > untilMs) {
        const now = versionAt(ms)
        if (now !== shown) changes += 1
        shown = now
        untilMs = changesAtMs(payment, new Date(ms), rules)
      }
      assert.equal(versionAt(ms), shown, `${name}, ${(ms - start) / 60_000} minutes on`)
    }
    assert.equal(untilMs, Number.POSITIVE_INFINITY, `${name} is looked at for ever`)
  }
  assert.ok(changes > stateSamples.length / 4, `only ${changes} pages changed by themselves`)
})
