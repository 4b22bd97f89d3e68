import { parseArgs } from 'node:util'
import { hostileText } from '../test/hostile-texts.ts'
import { holdsForInput, holdsForText, someInput } from '../test/promises.ts'
import { Random } from '../test/random.ts'

/**
 * Tries many texts and inputs: `node scripts/fuzz.ts --count 10000000 --seed 7`. Prints the seed first and a line every
 * million; stops at the first broken promise with the case that broke it. Some 15,000 cases a second.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
const random = new Random(Number(values.seed))
let slowestMs = 0
let slowest = ''
say(`seed ${values.seed}, ${values.count} cases`)
for (let done = 1; done <= Number(values.count); done++) {
  const text = hostileText(random)
  if (done % 1_000_000 === 0) say(`${done} cases, slowest ${slowestMs.toFixed(1)} ms`)
  const started = performance.now()
  try {
    if (done % 4 === 0) holdsForInput(someInput(random))
    else holdsForText(text)
  } catch (error) {
    say(`case ${done}: ${JSON.stringify(text)}`)
    throw error
  }
  if (performance.now() - started <= slowestMs) continue
  // On a busy machine any case may wait for its turn: only what is slow again counts.
  const again = performance.now()
  if (done % 4 !== 0) holdsForText(text)
  const tookMs = Math.min(again - started, performance.now() - again)
  if (tookMs > slowestMs) {
    slowestMs = tookMs
    slowest = text
  }
}
say(`done; slowest ${slowestMs.toFixed(1)} ms on ${slowest.length} characters: ${JSON.stringify(slowest.slice(0, 80))}`)

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
