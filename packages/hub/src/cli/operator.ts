import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { newCorrelationId } from '../kit/ids.ts'
import type { Db } from '../store/db.ts'
import { addOperator, isOperatorName, listOperators, removeOperator } from '../store/operators.ts'
import { reachDatabase } from './reach-database.ts'
import { table } from './table.ts'
import { UsageError } from './usage-error.ts'

export function operatorCommand(program: Command): void {
  const operator = program.command('operator').description('who may act on money')
  operator
    .command('add')
    .description('register an operator')
    .argument('<name>', 'a name such as operator-1, the same in his tokens')
    .option('--reason <text>', 'why, for the audit log')
    .action((name: string, options: { reason?: string }) =>
      change(program, name, async (db, order) => {
        const isNew = await addOperator(db, { ...order, reason: options.reason })
        return isNew ? `${name} is an operator.` : `${name} was an operator already.`
      }),
    )
  operator
    .command('remove')
    .description('end the right of an operator to act; what he did stays')
    .argument('<name>', 'the name')
    .option('--reason <text>', 'why, for the audit log')
    .action((name: string, options: { reason?: string }) =>
      change(program, name, async (db, order) => {
        const wasOne = await removeOperator(db, { ...order, reason: options.reason })
        if (!wasOne) throw new Error(`${name} is no operator. See: khqr-hub operator list`)
        return `${name} is no longer an operator.`
      }),
    )
  operator
    .command('list')
    .description('list the operators, removed ones too')
    .option('--json', 'print JSON')
    .action((options: { json?: true }) => list(program, options.json === true))
}

/** Throws a `UsageError` that says what a name is. */
export function checkOperatorName(name: string): void {
  if (isOperatorName(name)) return
  throw new UsageError(
    `"${name.slice(0, 80)}" is no operator's name: write 1 to 60 letters, digits and . _ @ -, beginning with a letter or digit.`,
  )
}

type Order = { readonly name: string; readonly actor: string; readonly correlationId: string }

async function change(program: Command, name: string, act: (db: Db, order: Order) => Promise<string>): Promise<void> {
  checkOperatorName(name)
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    const actor = `command line (${userInfo().username})`
    console.log(await act(db, { name, actor, correlationId: newCorrelationId() }))
  } finally {
    await db.close()
  }
}

async function list(program: Command, json: boolean): Promise<void> {
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    const operators = await listOperators(db)
    if (json) {
      const data = operators.map((one) => ({
        name: one.name,
        active: one.active,
        added_at: one.addedAt.toISOString(),
        removed_at: one.removedAt?.toISOString() ?? null,
      }))
      console.log(JSON.stringify(data))
      return
    }
    if (operators.length === 0) {
      console.log('There are no operators. Register one: khqr-hub operator add NAME')
      return
    }
    console.log(
      table([
        ['NAME', 'STATE', 'ADDED'],
        ...operators.map((one) => [one.name, one.active ? 'active' : 'removed', one.addedAt.toISOString()]),
      ]),
    )
  } finally {
    await db.close()
  }
}
