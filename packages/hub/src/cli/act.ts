import type { Command } from 'commander'
import { decideAct } from '../flows/resolve-suspense.ts'
import { viewOfAct } from '../http/v1/views.ts'
import { isId } from '../kit/ids.ts'
import { showMoney } from '../money/money.ts'
import { type ListedAct, listActs, readListedAct } from '../store/acts.ts'
import { type ActingOptions, actingOptions, asOperator } from './as-operator.ts'
import { UsageError } from './usage-error.ts'
import { readLimit, readWord, usualRows, withDatabase } from './with-database.ts'

type ListOptions = { status?: string; limit: string; json?: true }

export function actCommand(program: Command): void {
  const act = program.command('act').description('what was done with held money, or waits for a second operator')
  act
    .command('list')
    .description('list acts, the newest first')
    .option('--status <status>', 'requires_approval, done or rejected')
    .option('--limit <rows>', 'how many at most, 1 to 1000', usualRows)
    .option('--json', 'print JSON')
    .action((options: ListOptions) => list(program, options))
  for (const [name, description, approve] of [
    ['approve', 'agree to an act that another operator asked for', true],
    ['reject', "refuse an act, or take one's own back", false],
  ] as const) {
    actingOptions(act.command(name).description(description).argument('<id>', 'the act_… id')).action(
      (id: string, options: ActingOptions) => decide(program, id, approve, options),
    )
  }
}

/** An act in one sentence. */
export function sayAct(act: ListedAct): string {
  const to = act.paymentNumber === undefined ? '' : ` to payment ${act.paymentNumber}`
  const what = `${act.kind === 'apply' ? 'apply' : 'write off'} ${showMoney(act)} of sus_${act.suspenseId}${to}`
  const decided =
    act.status === 'requires_approval'
      ? `waits for a second operator: ${act.secondBecause ?? ''}`
      : `${act.status}${act.decidedBy === undefined ? '' : ` by ${act.decidedBy}`}`
  return `${act.id}: ${what}, asked by ${act.requestedBy} (${act.reason}): ${decided}`
}

function list(program: Command, options: ListOptions): Promise<void> {
  const most = readLimit(options.limit)
  const status = readWord('--status', ['requires_approval', 'done', 'rejected'], options.status)
  return withDatabase(program, async (db) => {
    const acts = await listActs(db, { status, kind: undefined, suspenseId: undefined, before: undefined, most })
    if (options.json) console.log(JSON.stringify(acts.map(viewOfAct)))
    else console.log(acts.length === 0 ? 'There is no act that fits.' : acts.map(sayAct).join('\n'))
  })
}

function decide(program: Command, id: string, approve: boolean, options: ActingOptions): Promise<void> {
  if (!isId('act', id)) throw new UsageError(`"${id.slice(0, 60)}" is no act: write an id that begins with act_.`)
  return asOperator(program, options, async (hub, asker) => {
    await decideAct(hub, asker, { id, approve, reason: options.reason })
    const act = await readListedAct(hub.db, id)
    if (act) console.log(options.json ? JSON.stringify(viewOfAct(act)) : sayAct(act))
  })
}
