import { glob } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { startTestCluster } from '../packages/hub/test/support/test-cluster.ts'
import { TestReport } from './test-report.ts'

// `npm test` runs every test; `npm test -- webhook ledger` those files whose path holds one of the words.
// All share one PostgreSQL, made for the run and removed after it. The last line is "N passed, N failed, N skipped".

const root = resolve(import.meta.dirname, '..')
/** The aim is 15 on two cores; a busy machine may take longer, and what it found is not thrown away. */
const wholeRunLimitMinutes = 20

/**
 * Files of half a minute and more. They begin first, so that none is left running alone at the end; those that wait stand
 * between those that work, and the browsers apart from each other.
 */
const longFiles = `
  test/walks/topup-money test/faults/refund-kills test/walks/closing-days test/browser/states test/walks/check-days
  test/docs-walk test/walks/refund-days test/browser/first-minute test/walks/credit-days test/walks/operator-commands
  test/walks/verify-days test/faults/chaos/chaos test/browser/page-readers test/walks/refund-storm test/call-budget
  test/browser/hosted-page test/faults/kill-in-the-middle test/walks/bank-token-commands test/walks/policy-system-days
  src/sandbox/postgres/start-postgres test/walks/refund-totals test/walks/bank-operations test/browser/qr-pixels
  test/walks/payway-refunds test/walks/v1-operators test/walks/khqr-fallback src/cli/simulate test/walks/audit-log
  src/sandbox/postgres/keep-postgres test/walks/client-commands test/add-a-bank test/walks/v1-banks
`
  .trim()
  .split(/\s+/)
  .map((name) => `packages/hub/${name}.test.ts`)

const files = await findTestFiles(process.argv.slice(2))
if (files.length === 0) {
  console.error(`No test file's path holds any of: ${process.argv.slice(2).join(', ')}`)
  process.exit(1)
}
process.exitCode = await runTests(files)

async function findTestFiles(words: readonly string[]): Promise<string[]> {
  const patterns = ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts']
  const found: string[] = []
  for await (const file of glob(patterns, { cwd: root })) found.push(file)
  const gone = longFiles.filter((file) => !found.includes(file))
  if (gone.length > 0) throw new Error(`scripts/test.ts lists files that are not there: ${gone.join(', ')}`)
  const chosen = found.filter((file) => words.length === 0 || words.some((word) => file.includes(word))).sort()
  const long = longFiles.filter((file) => chosen.includes(file))
  return [...long, ...chosen.filter((file) => !long.includes(file))]
}

async function runTests(chosen: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const limit = setTimeout(
    () => stop.abort(new Error(`the limit of ${wholeRunLimitMinutes} minutes`)),
    wholeRunLimitMinutes * 60_000,
  )
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(new Error(signal)))
  const report = new TestReport(root, chosen.length)
  const cluster = await startTestCluster()
  try {
    process.env.HUB_TEST_CLUSTER = JSON.stringify(cluster.connection)
    const events = run({
      cwd: root,
      files: chosen.map((file) => join(root, file)),
      // Three more than there are cores: most of a walk is waiting.
      concurrency: availableParallelism() + 3,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      signal: stop.signal,
    })
    await report.follow(events)
    if (stop.signal.aborted) report.stoppedBy(stop.signal.reason.message)
  } finally {
    clearTimeout(limit)
    await cluster.remove()
  }
  return report.finish({ skipsFail: process.env.CI === 'true' })
}
