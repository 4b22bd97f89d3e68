import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { brokenPromises } from './report.ts'
import { type ChaosResult, runChaos } from './run-chaos.ts'

// The short part of the fault suite; `npm run test:faults -- --minutes 20` is the long one. See docs/faults.md.

test('in a short storm of faults, with two hubs, their database and their banks killed, no payment is lost or doubled', async (t) => {
  const seed = Number(process.env.HUB_TEST_SEED ?? randomInt(2 ** 31))
  t.diagnostic(`seed ${seed}`)
  const result = await runChaos({
    seed,
    rounds: [9_000],
    pace: { cheapMs: 900, killMs: 2_500, freezeMs: 6_000, diskMs: 60_000, frozenForMs: 2_000 },
    crowd: { atOnce: 3, restMs: 600 },
    redeliverAfterMs: [500, 1_000, 2_000, 4_000],
    patience: { forWorkMs: 60_000, forLooksMs: 40_000, forMoneyMs: 30_000 },
    isLong: false,
    progress: (sentence) => t.diagnostic(sentence),
  })
  assert.deepEqual(brokenPromises(result), [], told(result))
  // A storm without kills or payments would prove nothing.
  assert.ok(result.faults.some((fault) => fault.signal === 'SIGKILL'))
  assert.ok(result.counts.receipts > 0)
  assert.ok(result.counts.topups > 0)
})

function told({ seed, findings, timelines }: ChaosResult): string {
  const sentences = findings.map(({ kind, sentence }) => `${kind}: ${sentence}`)
  return [`Again with HUB_TEST_SEED=${seed}`, ...sentences, ...timelines].join('\n')
}
