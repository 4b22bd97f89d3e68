import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostileText } from './hostile-texts.ts'
import { holdsForInput, holdsForText, someInput } from './promises.ts'
import { Random, seedOfRun } from './random.ts'

const seed = seedOfRun()

/** Half texts, half inputs; `scripts/fuzz.ts` runs ten million. */
const cases = 20_000

test(`no text makes a reader hang or throw anything but KhqrError (FUZZ_SEED=${seed})`, () => {
  const random = new Random(seed)
  for (let index = 0; index < cases / 2; index++) {
    const text = hostileText(random)
    assert.doesNotThrow(() => holdsForText(text), `case ${index}: ${JSON.stringify(text.slice(0, 300))}`)
  }
})

test(`no input makes the writer write what does not read back (FUZZ_SEED=${seed})`, () => {
  const random = new Random(seed)
  let written = 0
  for (let index = 0; index < cases / 2; index++) if (holdsForInput(someInput(random))) written++
  assert.ok(written > cases / 100, `only ${written} inputs were good`)
})
