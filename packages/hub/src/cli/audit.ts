import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { walkAuditChain } from '../flows/verify-audit.ts'
import { type AuditFilter, countUnsealed, type KeptAuditRow, readAudit } from '../store/audit.ts'
import type { Db } from '../store/db.ts'
import { findPaymentNumber } from '../store/payments.ts'
import { reachDatabase } from './reach-database.ts'
import { table } from './table.ts'
import { UsageError } from './usage-error.ts'

const objectExamples = '"payment 150001", "suspense 1", "case 7", "receipt 16", "refund rfd_…" or "inbox 7"'

/** Rows printed at a time. */
const page = 1_000

export function auditCommand(program: Command): void {
  const audit = program.command('audit').description('check the audit log, or read it')
  audit
    .command('verify')
    .description('compute the whole hash chain anew; the exit code is 1 when it does not hold')
    .option('--expect <hash>', 'the hash of a head noted earlier: it must still be in the chain')
    .option('--json', 'print JSON')
    .action((options: { expect?: string; json?: true }) => verify(program, options))
  audit
    .command('list')
    .description('what was done by whom and why, oldest first')
    .option('--object <name>', `only about this, such as ${objectExamples}`)
    .option('--actor <name>', 'only by this one, such as "operator operator-1"')
    .option('--since <time>', 'only from this moment on, such as 2026-01-31 or 2026-01-31T08:00:00+07:00')
    .option('--json', 'print one JSON object per row')
    .action((options: { object?: string; actor?: string; since?: string; json?: true }) => list(program, options))
}

async function verify(program: Command, options: { expect?: string; json?: true }): Promise<void> {
  const expected = options.expect?.toLowerCase()
  if (expected !== undefined && !/^[0-9a-f]{64}$/.test(expected)) {
    throw new UsageError(`--expect: "${options.expect?.slice(0, 80)}" is no hash: write the 64 characters of a head.`)
  }
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    let isExpectedThere = false
    const order = { after: 0, most: Number.POSITIVE_INFINITY, mostBroken: 1 }
    const walk = await walkAuditChain(db, {
      ...order,
      onPage: ({ checked, hashes }) => {
        isExpectedThere ||= expected !== undefined && hashes.includes(expected)
        if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${checked} seals …`)
      },
    })
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    const [broken] = walk.broken
    const found = {
      ok: broken === undefined && (expected === undefined || isExpectedThere),
      checked: walk.checked,
      head: broken === undefined ? (walk.head ?? null) : null,
      unsealed: await countUnsealed(db),
      ...(broken === undefined ? {} : { broken }),
      // A walk that ended early has not seen the rest.
      ...(expected === undefined || broken !== undefined ? {} : { expected: isExpectedThere ? 'found' : 'missing' }),
    }
    console.log(options.json ? JSON.stringify(found) : inWords(found).join('\n'))
    if (!found.ok) process.exitCode = 1
  } finally {
    await db.close()
  }
}

type Found = {
  readonly checked: number
  readonly head: { readonly position: number; readonly sha256: string } | null
  readonly unsealed: number
  readonly broken?: string
  readonly expected?: string
}

function inWords({ checked, head, unsealed, broken, expected }: Found): string[] {
  if (broken !== undefined)
    return [`BROKEN: ${broken}.`, `${checked} seals were read; the first that does not hold is told.`]
  return [
    head ? `The chain holds: ${checked} seals.` : 'Nothing is sealed yet.',
    ...(head ? [`Head: seal ${head.position}`, `Hash: ${head.sha256}`] : []),
    ...(unsealed > 0 ? [`${unsealed} rows wait for their seal.`] : []),
    ...(expected === 'found' ? ['The expected hash is in the chain: nothing up to it was changed or cut off.'] : []),
    ...(expected === 'missing'
      ? ['MISSING: the expected hash is not in the chain. It was cut off, written anew, or is of another database.']
      : []),
  ]
}

async function list(
  program: Command,
  options: { object?: string; actor?: string; since?: string; json?: true },
): Promise<void> {
  const { actor } = options
  const since = readSince(options.since)
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    const object = await readObject(db, options.object)
    const shown = await print(db, { object, actor, since }, (rows) => {
      if (options.json) for (const row of rows) console.log(JSON.stringify(row))
      else if (rows.length > 0) console.log(table(rows.map(cells)))
    })
    if (shown > 0) return
    const about = object === undefined ? '' : ` about "${object.slice(0, 60)}"; objects are written ${objectExamples}`
    console.error(`The audit log holds nothing that fits${about}.`)
  } finally {
    await db.close()
  }
}

/** What the audit log calls a thing that is named here by its id: `sus_1` is `suspense 1` there. */
async function readObject(db: Db, text: string | undefined): Promise<string | undefined> {
  const [, prefix, number] = /^(sus|case)_([1-9]\d*)$/.exec(text ?? '') ?? []
  if (prefix !== undefined) return `${prefix === 'sus' ? 'suspense' : 'case'} ${number}`
  if (text === undefined || !/^(?:rfd_|pay_)\w+$|^\d+$/.test(text)) return text
  if (text.startsWith('rfd_')) return `refund ${text}`
  return `payment ${text.startsWith('pay_') ? ((await findPaymentNumber(db, text)) ?? text) : text}`
}

/** Shows what fits, page by page, and answers how many rows those were. */
async function print(db: Db, filter: AuditFilter, show: (rows: readonly KeptAuditRow[]) => void): Promise<number> {
  let after = 0
  let shown = 0
  for (;;) {
    const rows = await readAudit(db, filter, after, page)
    show(rows)
    shown += rows.length
    after = rows.at(-1)?.id ?? after
    if (rows.length < page) return shown
  }
}

function cells(row: KeptAuditRow): string[] {
  const change = [row.before, row.after].filter((value) => value !== null).map((value) => JSON.stringify(value))
  const words = [row.reason, change.join(' → ')].filter((text) => text !== null && text !== '')
  return [String(row.id), row.at.toISOString(), row.actor, row.action, row.object, words.join('  ')]
}

function readSince(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const since = new Date(text)
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(since.getTime())) {
    throw new UsageError(`--since: "${text.slice(0, 60)}" is no time: write 2026-01-31 or 2026-01-31T08:00:00+07:00.`)
  }
  return since
}
