import { cpus, loadavg, totalmem, type } from 'node:os'
import type { Db } from '../packages/hub/src/store/db.ts'
import { durabilitySettings } from '../packages/hub/src/store/health.ts'
import { quantile } from './figures.ts'
import type { CodeTimes } from './measure-codes.ts'
import { type InquiryLeg, inquiryConnections } from './measure-inquiries.ts'
import type { Leg } from './measure-notices.ts'
import { middle, type Pair, ratios } from './pairs.ts'
import type { Added } from './same-writes.ts'
import type { PagesMeasured } from './measure-pages.ts'
import { pagesSection } from './pages-section.ts'
import type { Prepared } from './sandbox.ts'
import { figure, middleRatio, perSecond, spread, table, verdict } from './tables.ts'
import { hubSettings, poolSize } from './world.ts'

export type Results = {
  readonly command: string
  readonly seed: number
  readonly seconds: number
  readonly codes: CodeTimes | undefined
  readonly prepared: Prepared | undefined
  /** By concurrency. */
  readonly notices: ReadonlyMap<number, readonly Pair<Leg>[]>
  readonly added: readonly Added[]
  readonly inquiries: readonly Pair<InquiryLeg>[]
  readonly pages: PagesMeasured | undefined
}

/** What issue and architecture aim at; missing it fails nothing. */
const aims = { notices: 0.5, inquiries: 0.4, codesMs: 5 }

/** The whole report in Markdown, whose tables are fit to be read in a terminal. */
export async function writeReport(results: Results, db: Db): Promise<string> {
  return [
    '# Benchmark',
    '',
    ...(await surroundings(results, db)),
    ...(results.notices.size > 0 ? noticeSection(results) : []),
    ...(results.inquiries.length > 0 ? inquirySection(results.inquiries) : []),
    ...(results.codes ? codeSection(results.codes, results.prepared) : []),
    ...(results.pages ? pagesSection(results.pages) : []),
    '',
  ].join('\n')
}

async function surroundings({ command, seed, seconds }: Results, db: Db): Promise<string[]> {
  const { rows } = await db.pool.query<{ version: string }>(`select current_setting('server_version') as version`)
  const durability = (await durabilitySettings(db)).map((one) => `${one.name}=${one.setting}`).join(', ')
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  const raised = Object.entries(hubSettings).map(([name, value]) => `${name}=${value}`)
  return [
    `- When: ${new Date().toISOString().slice(0, 16)}Z, \`${command}\`, seed ${seed}, ${seconds.toFixed(0)} s.`,
    `- Machine: ${cpus().length} × ${processor}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()}. Everything runs on it: hub, PostgreSQL, simulator, generator. Load average at the end ${figure(loadavg()[0] ?? Number.NaN, 1)} (2 to 3 is the run itself).`,
    `- Node ${process.versions.node}, PostgreSQL ${rows[0]?.version} over a unix socket, ${durability}, ${poolSize} connections on either side.`,
    `- Hub: its defaults (log level info), but ${raised.join(', ')}, because all comes from one address.`,
    '- Hub and yardstick ran in turns; figures are medians over the rounds, ratios are taken pair by pair (lowest and highest in brackets).',
    '- Counted only because afterwards every invariant held, the simulator’s journal equalled receipts, ledger and credits to the last cent, and nothing was left waiting.',
  ]
}

function noticeSection({ notices, added }: Results): string[] {
  const rows = [...notices].map(([concurrency, pairs]) => {
    const each = (side: 'hub' | 'bare', who: keyof Leg['cpu']) =>
      figure(
        middle(pairs, side, (leg) => leg.cpu[who] / leg.payments),
        2,
      )
    const answers = (share: number) =>
      figure(
        middle(pairs, 'hub', (leg) => quantile(leg.answerMs, share)),
        1,
      )
    return [
      String(concurrency),
      figure(middle(pairs, 'hub', perSecond), 0),
      figure(middle(pairs, 'bare', perSecond), 0),
      spread(ratios(pairs, perSecond)),
      `${answers(0.5)} / ${answers(0.99)}`,
      ...(['hub', 'postgres', 'simulator', 'bench'] as const).map((who) => each('hub', who)),
      ...(['bench', 'postgres'] as const).map((who) => each('bare', who)),
    ]
  })
  const reached = [...notices]
    .filter(([, pairs]) => middleRatio(pairs, perSecond) >= aims.notices)
    .map(([atOnce]) => atOnce)
  const head = ['at once', 'hub/s', 'bare/s', 'ratio', 'answer p50/p99 ms']
  const cpuHead = ['hub', 'postgres', 'simulator', 'generator', 'bare: driver', 'postgres']
  const written = added.map((one) => `${one.table} ${figure(one.rows, 0)}`).join(', ')
  const bytes = (side: 'hubBytes' | 'bareBytes') =>
    figure(
      added.reduce((sum, one) => sum + one[side], 0),
      0,
    )
  return [
    '',
    '## (a) Webhook to credited premium',
    '',
    'From the first notice sent to the last premium credited in the policy system; proved with the bank and looked up afresh for each. CPU in milliseconds per payment.',
    '',
    ...table([[...head, ...cpuHead], ...rows]),
    '',
    'Bare: the same statements with the same values, taped from the hub’s own flow, written by the driver alone into a copy of the database, as many at once; no HTTP, no bank, no policy system.',
    'The schedule is held back by an empty budget: the hub would find these payments by itself before it is told of them.',
    `Rows per payment, alike on both sides: ${written}; ${bytes('hubBytes')} bytes (bare: ${bytes('bareBytes')}).`,
    `Aim: at least ${aims.notices} of bare PostgreSQL. Reached at ${reached.join(', ') || 'no'} at once.`,
  ]
}

function inquirySection(pairs: readonly Pair<InquiryLeg>[]): string[] {
  const rate = (leg: InquiryLeg) => leg.perSecond
  const row = (name: string, side: 'hub' | 'bare', ratio: string, cpuRatio: string) => [
    name,
    figure(middle(pairs, side, rate), 0),
    ratio,
    figure(
      middle(pairs, side, (leg) => leg.p50Ms),
      2,
    ),
    figure(
      middle(pairs, side, (leg) => leg.p99Ms),
      2,
    ),
    figure(
      middle(pairs, side, (leg) => leg.serverCpuMs * 1_000),
      0,
    ),
    cpuRatio,
    figure(
      middle(pairs, side, (leg) => leg.generatorCpuMs * 1_000),
      0,
    ),
  ]
  const head = ['', 'per second', 'ratio', 'p50 ms', 'p99 ms', 'server CPU µs', 'ratio by CPU', 'generator CPU µs']
  const byCpu = ratios(pairs, (leg) => 1 / leg.serverCpuMs)
  return [
    '',
    '## (b) Inquiry from cache',
    '',
    `\`GET /AMK/payments\` with a bank's token, ${inquiryConnections} keep-alive connections from a generator of our own on plain sockets, in its own process; against a bare \`node:http\` server that answers the same bytes.`,
    '',
    ...table([head, row('hub', 'hub', spread(ratios(pairs, rate)), spread(byCpu)), row('bare', 'bare', '1', '1')]),
    '',
    verdict(
      middleRatio(pairs, rate) >= aims.inquiries,
      `at least ${aims.inquiries} of bare HTTP`,
      `ratio ${figure(middleRatio(pairs, rate), 2)}`,
    ),
  ]
}

function codeSection(times: CodeTimes, prepared: Prepared | undefined): string[] {
  const row = (name: string, figures: readonly number[]) => [
    name,
    ...[0.5, 0.9, 0.99].map((share) => figure(quantile(figures, share), 2)),
  ]
  const p50 = quantile(times.hub, 0.5)
  return [
    '',
    '## (c) `GET /khqr` for a fresh bill',
    '',
    `${times.total.length} codes one after the other, in milliseconds. The bank sends a picture, which is decoded and compared.`,
    '',
    ...table([
      ['', 'p50', 'p90', 'p99'],
      row('whole request', times.total),
      row('bank and policy system', times.others),
      row('hub', times.hub),
    ]),
    '',
    ...(prepared
      ? [
          `Eight at a time: ${figure(prepared.codesPerSecond, 0)} codes per second, ${figure(prepared.hubCpuMs, 2)} ms CPU of the hub each.`,
        ]
      : []),
    verdict(p50 <= aims.codesMs, `hub p50 at most ${aims.codesMs} ms`, `${figure(p50, 2)} ms`),
  ]
}
