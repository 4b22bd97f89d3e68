import { quantile } from './figures.ts'
import type { Memory } from './hub-memory.ts'
import type { FanOut, PagesMeasured } from './measure-pages.ts'
import type { NoticesLeg } from './measure-notices.ts'
import { middle, ratios } from './pairs.ts'
import { figure, middleRatio, perSecond, spread, table, verdict } from './tables.ts'

/** What payments with open pages should reach of those without. */
const aim = 0.9

export function pagesSection(measured: PagesMeasured): string[] {
  const { how, openedS, payments, refresh, asked, stopMs } = measured
  const ratio = middleRatio(payments, perSecond)
  return [
    '',
    `## (d) ${how.pages} open pages`,
    '',
    `Each page is a connection of its own to one hub, from a process of its own, 50 to an address: ${how.crowd} look at one payment, each other at its own. Opened in ${figure(openedS, 1)} s. Counted only because every page of a paid payment was told so once, none twice or wrongly, and none was cut.`,
    '',
    ...memoryTable(measured),
    '',
    'After garbage collection, without what the kernel keeps for a connection. They had been opened and closed once before.',
    '',
    ...newsTable(measured),
    '',
    `Payments, ${how.atOnce} notices at once, from the first notice to the last credit: ${figure(middle(payments, 'hub', perSecond), 0)}/s with all pages open, those of the paid among them, ${figure(middle(payments, 'bare', perSecond), 0)}/s with none; ratio ${spread(ratios(payments, perSecond))} of ${payments.length} pairs. CPU of the hub ${figure(cpuOf(measured, 'hub', 'hub'), 2)} and ${figure(cpuOf(measured, 'bare', 'hub'), 2)} ms per payment, of PostgreSQL ${figure(cpuOf(measured, 'hub', 'postgres'), 2)} and ${figure(cpuOf(measured, 'bare', 'postgres'), 2)}.`,
    `The same ratio by CPU of hub and PostgreSQL together, which other programs on the machine disturb less: ${spread(ratios(payments, byCpu))}.`,
    verdict(
      ratio >= aim,
      `payments with all pages open at least ${aim} of those with none`,
      `ratio ${figure(ratio, 2)}`,
    ),
    '',
    `The job \`refresh-pages\` takes ${figure(refresh.comparingMs, 0)} ms every 3 s (PostgreSQL ${figure(refresh.postgresMs, 0)} ms CPU), and ${figure(refresh.notingMs, 0)} ms where it notes that the pages are open, every 20 s.`,
    `With ${asked.watched} payments watched the bank was asked ${asked.calls} times in ${how.budgetS} s; its budget allows ${asked.allowed}.`,
    `The hub ended ${figure(stopMs, 0)} ms after SIGTERM, with ${how.pages} pages open.`,
  ]
}

function memoryTable({ memory, how }: PagesMeasured): string[] {
  const { before, open, closed } = memory
  const row = (name: string, of: (one: Memory) => number) => [
    name,
    ...[before, open, closed].map((one) => figure(of(one) / 2 ** 20, 1)),
    figure((of(open) - of(before)) / how.pages / 1_024, 1),
    figure((of(closed) - of(before)) / how.pages / 1_024, 1),
  ]
  return table([
    ['the hub, MiB', 'no page', 'all open', 'closed again', 'KiB per page', 'left per page'],
    row('heap', (one) => one.heapUsed),
    row('outside of it', (one) => one.external),
    row('resident', (one) => one.rss),
  ])
}

function newsTable({ how, off, on, single, busy, crowd }: PagesMeasured): string[] {
  const row = (name: string, took: FanOut) => [
    name,
    String(took.length),
    ...[0.5, 0.99, 1].map((share) => figure(quantile(took, share), 0)),
  ]
  return table([
    ['ms until a page is told', 'pages', 'p50', 'p99', 'last'],
    row("a bank switched off, from the switch's commit", off),
    row('the bank switched on again', on),
    row('paid one after the other, from the sending of the notice', single),
    row(`paid ${how.atOnce} at once, the same`, busy),
    row('one payment that all look at, the same', crowd),
  ])
}

/** Payments for a millisecond of CPU. */
function byCpu({ payments, cpu }: NoticesLeg): number {
  return payments / (cpu.hub + cpu.postgres)
}

function cpuOf({ payments }: PagesMeasured, side: 'hub' | 'bare', who: 'hub' | 'postgres'): number {
  return middle(payments, side, (leg) => leg.cpu[who] / leg.payments)
}
