import { mkdtempSync, rmSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { startPostgres } from '../packages/hub/src/sandbox/postgres/start-postgres.ts'
import { TestReport } from './test-report.ts'

// `npm test` runs every test; `npm test -- webhook ledger` those files whose path holds one of the words.
// All share one PostgreSQL, made for the run and removed after it. The last line is "N passed, N failed, N skipped".

const root = resolve(import.meta.dirname, '..')
const wholeRunLimitMinutes = 15

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
  return found.filter((file) => words.length === 0 || words.some((word) => file.includes(word))).sort()
}

async function runTests(chosen: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-test-run-'))
  const stop = new AbortController()
  const limit = setTimeout(
    () => stop.abort(`the limit of ${wholeRunLimitMinutes} minutes`),
    wholeRunLimitMinutes * 60_000,
  )
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal))
  const report = new TestReport(root, chosen.length)
  const postgres = await startPostgres({ dataDir: folder, log: (sentence) => console.error(sentence) })
  try {
    process.env.HUB_TEST_CLUSTER = JSON.stringify(postgres.connection)
    const events = run({
      cwd: root,
      files: chosen.map((file) => join(root, file)),
      concurrency: availableParallelism(),
      execArgv: ['--disable-warning=ExperimentalWarning'],
      signal: stop.signal,
    })
    await report.follow(events)
    if (stop.signal.aborted) report.stoppedBy(String(stop.signal.reason))
  } finally {
    clearTimeout(limit)
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return report.finish({ skipsFail: process.env.CI === 'true' })
}
