import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { booksDiffer, brokenInvariants } from './books.ts'
import { randomFrom } from './figures.ts'
import { measureCodes } from './measure-codes.ts'
import { measureInquiries } from './measure-inquiries.ts'
import { type Leg, sendNotices } from './measure-notices.ts'
import { measurePages } from './measure-pages.ts'
import { inTurns, type Pair } from './pairs.ts'
import { type Results, writeReport } from './report.ts'
import { type Added, addedPerPayment, differentWrites, measureTables } from './same-writes.ts'
import { preparePayments, type PaidPayment } from './sandbox.ts'
import { tapeNotices } from './tape.ts'
import { poolSize, World } from './world.ts'
import { writeAlone } from './yardstick.ts'

// `npm run bench` measures the hub against bare PostgreSQL and bare HTTP, and writes bench/report.md.
//   -- --quick        smaller, within a minute; writes no file
//   -- --only a       only these parts (letters of abcd); writes no file
//   -- --seed 7       other amounts
//   -- --profile DIR  also leaves the CPU profiles of hub and simulator there; writes no file

const manyPages = { pages: 5_000, crowd: 100, singles: 100, warmUp: 200, pairs: 4, share: 400, atOnce: 64, budgetS: 10 }
const fewPages = { pages: 500, crowd: 20, singles: 20, warmUp: 50, pairs: 2, share: 60, atOnce: 64, budgetS: 5 }
/** Payments of one round, by how many notices are on their way at once. */
const whole = {
  rounds: 5,
  warmUp: 300,
  shares: { 1: 120, 16: 400, 64: 500 },
  inquiriesMs: 2_000,
  codes: 300,
  pages: manyPages,
}
const quick = {
  rounds: 3,
  warmUp: 100,
  shares: { 1: 30, 16: 120, 64: 150 },
  inquiriesMs: 800,
  codes: 80,
  pages: fewPages,
}
const warmUpAtOnce = 16

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'abcd' },
    seed: { type: 'string', default: '20260107' },
    profile: { type: 'string' },
  },
})
const sizes = options.quick ? quick : whole
const random = randomFrom(Number(options.seed))
const startedMs = performance.now()

progress('starting PostgreSQL, the hub and its simulator')
const world = await World.open(options.profile)
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true
    progress('stopping')
    void world.close().finally(() => process.exit(1))
  })
}
try {
  const { report, wrong } = await measure()
  for (const sentence of wrong) console.error(`WRONG: ${sentence}`)
  if (wrong.length > 0) throw new Error('The books are not right after the run: no figure counts.')
  console.log(report)
  if (!options.quick && options.only === 'abcd' && options.profile === undefined) {
    writeFileSync(new URL('./report.md', import.meta.url), report)
    progress('written to bench/report.md')
  }
} catch (error) {
  if (!interrupted) console.error(error)
  process.exitCode = 1
} finally {
  await world.close()
}

async function measure(): Promise<{ report: string; wrong: string[] }> {
  const codes = has('c')
    ? await part('(c) codes for fresh bills', () => measureCodes(world, sizes.codes, random))
    : undefined
  const noticed = has('a') ? await measureNotices() : undefined
  const inquiries = has('b')
    ? await measureInquiries(world, { rounds: sizes.rounds, forMs: sizes.inquiriesMs, random, progress })
    : []
  const pages = has('d') ? await measurePages(world, { ...sizes.pages, random, progress }) : undefined
  progress('checking the books')
  const db = world.database(2)
  const wrong = [
    ...(noticed?.wrong ?? []),
    ...(pages?.wrong ?? []),
    ...(await brokenInvariants(db, 'hub')),
    ...(await booksDiffer(world, db)),
  ]
  const results: Results = {
    command: ['npm run bench', ...process.argv.slice(2)].join(' '),
    seed: Number(options.seed),
    seconds: (performance.now() - startedMs) / 1_000,
    codes,
    prepared: noticed?.prepared,
    notices: noticed?.pairs ?? new Map(),
    added: noticed?.added ?? [],
    inquiries,
    pages,
  }
  return { report: await writeReport(results, db), wrong }
}

/** Prepares payments, copies the database, and settles each payment on both sides. */
async function measureNotices() {
  const perRound = Object.values(sizes.shares).reduce((sum, share) => sum + share, 0)
  const count = sizes.warmUp + sizes.rounds * perRound
  const prepared = await part(`(a) making and paying ${count} codes`, () => preparePayments(world, count, random))
  const tapes = await part('(a) taping what the hub writes', () => tapeNotices(world, prepared.payments))
  progress('(a) copying the database')
  await world.stopHub()
  await world.copyDatabase('yardstick')
  await world.startHub()
  const [hub, bare] = [world.database(2), world.database(poolSize, 'yardstick')]
  await hub.pool.query('checkpoint')
  const before = await measureTables(bare)
  const pairs = await runRounds(prepared.payments, {
    hub: (payments, atOnce) => sendNotices(world, hub, payments, atOnce),
    bare: (payments, atOnce) => writeAlone(world, bare, payments, tapes, atOnce),
  })
  progress('(a) comparing what both sides wrote')
  const added: Added[] = addedPerPayment(before, await measureTables(hub), await measureTables(bare), count)
  const wrong = [...(await differentWrites(hub, bare)), ...(await brokenInvariants(bare, 'yardstick'))]
  return { prepared, pairs, added, wrong }
}

type Side = (payments: readonly PaidPayment[], atOnce: number) => Promise<Leg>

async function runRounds(
  payments: readonly PaidPayment[],
  sides: { readonly hub: Side; readonly bare: Side },
): Promise<Map<number, Pair<Leg>[]>> {
  const left = [...payments]
  const pairs = new Map<number, Pair<Leg>[]>()
  const warmUp = left.splice(0, sizes.warmUp)
  await inTurns(
    1,
    () => sides.hub(warmUp, warmUpAtOnce),
    () => sides.bare(warmUp, warmUpAtOnce),
  )
  for (let round = 1; round <= sizes.rounds; round += 1) {
    for (const [text, share] of Object.entries(sizes.shares)) {
      const atOnce = Number(text)
      progress(`(a) round ${round} of ${sizes.rounds}, ${share} notices, ${atOnce} at once`)
      const taken = left.splice(0, share)
      const pair = await inTurns(
        round,
        () => sides.hub(taken, atOnce),
        () => sides.bare(taken, atOnce),
      )
      pairs.set(atOnce, [...(pairs.get(atOnce) ?? []), pair])
    }
  }
  return pairs
}

function has(letter: string): boolean {
  return options.only.includes(letter)
}

async function part<Result>(sentence: string, run: () => Promise<Result>): Promise<Result> {
  progress(sentence)
  return run()
}

function progress(sentence: string): void {
  console.error(`${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(6)} s  ${sentence}`)
}
