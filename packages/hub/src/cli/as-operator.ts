import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import type { Asker, Hub } from '../flows/hub.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { isActiveOperator } from '../store/operators.ts'
import { openRunning } from './open-running.ts'
import { checkOperatorName } from './operator.ts'
import { reachDatabase } from './reach-database.ts'
import { UsageError } from './usage-error.ts'

/** What every acting command is told besides. */
export type ActingOptions = { readonly operator: string; readonly reason: string; readonly json?: true }

/** Adds --operator, --reason and --json to an acting command. */
export function actingOptions(command: Command): Command {
  return command
    .requiredOption('--operator <name>', 'who acts; a registered operator')
    .requiredOption('--reason <text>', 'why, for the audit log; 3 to 500 characters')
    .option('--json', 'print JSON')
}

/** Runs an act on the running hub's database, by a registered operator, with a reason. */
export async function asOperator(
  program: Command,
  options: ActingOptions,
  act: (hub: Hub, asker: Asker & { readonly operator: string }) => Promise<void>,
): Promise<void> {
  const { operator, reason } = options
  checkOperatorName(operator)
  if (!/^(?=[\s\S]*\S)[\s\S]{3,500}$/.test(reason))
    throw new UsageError('--reason: write 3 to 500 characters that say why.')
  const config = readConfig({ file: program.opts<{ config?: string }>().config })
  const db = reachDatabase(config)
  try {
    if (!(await isActiveOperator(db, operator)))
      throw new Error(
        `${operator} is no operator. See "khqr-hub operator list", or add him: khqr-hub operator add ${operator}`,
      )
    const opened = await openRunning(config, db)
    try {
      await act(opened.hub, { actor: `operator ${operator}`, correlationId: newCorrelationId(), operator })
    } finally {
      await opened.close()
    }
  } finally {
    await db.close()
  }
}
