import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { brokenPromises, writeReport } from '../packages/hub/test/faults/chaos/report.ts'
import { runChaos } from '../packages/hub/test/faults/chaos/run-chaos.ts'
import { usualPace } from '../packages/hub/test/faults/chaos/storm.ts'

// `npm run test:faults -- --minutes 20 [--seed 7] [--report FILE]`: two hubs, one PostgreSQL, lying banks, and kill -9.
// A report named *.json is written as JSON with every fault, any other as markdown. See docs/faults.md.

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string' },
    report: { type: 'string' },
  },
})
const minutes = Number(options.minutes)
if (!(minutes > 0 && minutes <= 1_440)) {
  console.error(`--minutes is "${options.minutes}": use a number of minutes up to 1440, such as 20`)
  process.exit(2)
}
const seed = Number(options.seed ?? randomInt(2 ** 31))
if (!Number.isSafeInteger(seed) || seed < 0) {
  console.error(`--seed is "${options.seed}": use a whole number, such as 7`)
  process.exit(2)
}
/** After so many minutes of faults everything must come to rest once. */
const longestRoundMinutes = 10
const count = Math.ceil(minutes / longestRoundMinutes)
const startedMs = performance.now()

console.log(`seed ${seed}, ${minutes} minutes of faults in ${count} ${count === 1 ? 'run' : 'runs'}`)
const result = await runChaos({
  seed,
  rounds: Array.from({ length: count }, () => (minutes * 60_000) / count),
  pace: usualPace,
  crowd: { atOnce: 10, restMs: 1_200 },
  redeliverAfterMs: [1_000, 2_000, 4_000, 8_000, 16_000, 30_000],
  patience: { forWorkMs: 8 * 60_000, forLooksMs: 150_000, forMoneyMs: 150_000 },
  isLong: true,
  progress,
  onOpen(close) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        progress('stopping')
        void close().finally(() => process.exit(1))
      })
    }
  },
})
const report = writeReport(result)
if (options.report !== undefined)
  writeFileSync(options.report, options.report.endsWith('.json') ? asJson(result) : report)
console.log(`\n${report}`)
const broken = brokenPromises(result)
for (const promise of broken) console.log(`BROKEN: ${promise}`)
console.log(broken.length === 0 ? 'Every promise held.' : `${broken.length} promises broken; again with --seed ${seed}`)
process.exit(broken.length === 0 ? 0 : 1)

function progress(sentence: string): void {
  const at = Math.round((performance.now() - startedMs) / 1_000)
  console.log(`${String(Math.floor(at / 60)).padStart(3)}:${String(at % 60).padStart(2, '0')}  ${sentence}`)
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : one), 2)}\n`
}
