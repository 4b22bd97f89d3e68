import type { Finding } from './compare-books.ts'
import type { Fault } from './fault-log.ts'
import type { Spread } from './recovery.ts'
import type { ChaosResult } from './run-chaos.ts'

/** What the run promises; a run that breaks one fails. Sentences of what is broken. */
export function brokenPromises(result: ChaosResult): string[] {
  const of = (kind: Finding['kind']) => result.findings.filter((finding) => finding.kind === kind).length
  const off = Object.entries(result.durability).filter(([, setting]) => setting !== 'on')
  return [
    ...(['lost', 'doubled', 'wrong'] as const).flatMap((kind) => (of(kind) > 0 ? [`${of(kind)} ${kind}`] : [])),
    ...result.invariants.flatMap(({ name, violations }) =>
      violations.length > 0 ? [`${name}: ${violations.join('; ')}`] : [],
    ),
    ...result.rounds.flatMap(({ unfinished }) => unfinished.map((what) => `never came to rest: ${what}`)),
    ...off.map(([name]) => `${name} is off`),
    ...result.surprises,
    ...Object.entries(result.unexpected).map(([what, count]) => `${count} × ${what}`),
  ]
}

/** The run as a markdown page: the table first, then what explains it. */
export function writeReport(result: ChaosResult): string {
  const { findings, faults } = result
  const kills = faults.filter((fault) => fault.signal === 'SIGKILL')
  return [
    '# Fault suite',
    '',
    table(['', ''], mainRows(result, kills)),
    '',
    '## Faults by kind',
    '',
    table(
      ['kind', 'how often'],
      countBy(faults, ({ kind }) => kind),
    ),
    '',
    '## Kills by point',
    '',
    table(
      ['point', 'SIGKILLs'],
      Object.entries(result.killsByPoint).map(([point, count]) => [`\`${point}\``, String(count)]),
    ),
    '',
    '## Days of customers',
    '',
    table(
      ['day', 'how often'],
      Object.entries(result.days).map(([day, count]) => [day, String(count)]),
    ),
    '',
    '## Acts of operators',
    '',
    table(
      ['act', 'answered with yes'],
      Object.entries(result.acts).map(([act, count]) => [act, String(count)]),
    ),
    '',
    '## Processes killed',
    '',
    [...Map.groupBy(kills, ({ target }) => target)]
      .map(([target, ones]) => `${target}: ${ones.map(({ pid }) => pid).join(' ')}`)
      .join('\n\n'),
    ...(findings.length === 0
      ? []
      : ['', '## Findings', '', ...findings.map(({ kind, sentence }) => `- ${kind}: ${sentence}`)]),
    ...(result.timelines.length === 0
      ? []
      : ['', '## Timelines', '', ...result.timelines.flatMap((one) => ['```text', one, '```', ''])]),
    '',
  ].join('\n')
}

/** The table that is asked for first. */
function mainRows(result: ChaosResult, kills: readonly Fault[]): (readonly [string, string])[] {
  const { counts, recovery, findings, faults } = result
  const of = (kind: Finding['kind']) => String(findings.filter((finding) => finding.kind === kind).length)
  const broken = result.invariants.filter(({ violations }) => violations.length > 0).map(({ name }) => name)
  return [
    ['seed', String(result.seed)],
    ['runs', String(result.rounds.length)],
    ['faults', String(faults.length)],
    ['of them SIGKILLs', `${kills.length}, of ${new Set(kills.map((fault) => fault.pid)).size} processes`],
    [
      'checkpoints of the flows killed at',
      result.neverKilledAt.length === 0 ? 'all' : `all but ${result.neverKilledAt.join(', ')}`,
    ],
    ['payments', `${counts.payments}, ${counts.completed} completed`],
    [
      'of them top-ups of wallets',
      `${counts.topups}, ${counts.topupsCompleted} completed, ${counts.topupsExpired} expired`,
    ],
    [
      'shop orders',
      `${counts.orders}, ${Object.entries(counts.ordersBy)
        .map(([status, count]) => `${count} ${status}`)
        .join(', ')}`,
    ],
    [
      'movements at the banks',
      `${counts.movements}, of them through Bakong ${counts.transfers}, through PayWay ${counts.hosted}`,
    ],
    ['receipts', String(counts.receipts)],
    ['premiums credited', String(counts.credits)],
    ["customers' receipts", String(counts.customerReceipts)],
    ['refunds that succeeded', `${counts.refunds}, ${counts.creditNotes} credit notes`],
    ['taken back by banks', `${counts.takenBack}, found so far: ${counts.takenBackKnown}`],
    ['**lost**', of('lost')],
    ['**doubled**', of('doubled')],
    ['**wrong**', of('wrong')],
    ['applied by notice, never confirmed to the bank (reconciliation decides)', of('unconfirmed')],
    ['told by nobody, at a bank that cannot be asked (a statement shows it)', of('untold')],
    ['open in suspense', String(counts.suspense)],
    ['open cases', String(counts.cases)],
    ['invariants', broken.length === 0 ? `all ${result.invariants.length} hold` : `BROKEN: ${broken.join(', ')}`],
    ['next completed payment after a fault', showSpread(recovery.all)],
    ['next completed payment after a SIGKILL', showSpread(recovery.kills)],
    ['a hub is ready after its start', showSpread(recovery.hubStarts)],
    [
      'nothing due any more after the last fault of a run',
      result.rounds.map(({ quietMs }) => seconds(quietMs)).join(', '),
    ],
    ['left to the plan, which puts it later', result.rounds.flatMap(({ left }) => left).join('; ') || 'nothing'],
    [
      'durability, read from the server',
      Object.entries(result.durability)
        .map(([name, setting]) => `${name} ${setting}`)
        .join(', '),
    ],
    ['disk full', result.disk],
  ]
}

function countBy(faults: readonly Fault[], key: (fault: Fault) => string): [string, string][] {
  return [...Map.groupBy(faults, key)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name, ones]) => [name, String(ones.length)])
}

function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  return [head, ['---', '---'], ...rows].map(([left, right]) => `| ${left} | ${right} |`).join('\n')
}

function showSpread({ p50Ms, p99Ms, maxMs }: Spread): string {
  return `p50 ${seconds(p50Ms)}, p99 ${seconds(p99Ms)}, max ${seconds(maxMs)}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}
