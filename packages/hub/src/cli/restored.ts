import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { jumpPaymentNumbers } from '../store/installation.ts'
import { reachDatabase } from './reach-database.ts'

export function restoredCommand(program: Command): void {
  program
    .command('restored')
    .description('after the database came back from a backup: payment numbers go on 1,000,000 higher')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--json', 'print JSON')
    .action(async (options: { reason: string; json?: true }) => {
      const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
      try {
        const next = await jumpPaymentNumbers(db, {
          actor: 'operator (command line)',
          reason: options.reason,
          correlationId: newCorrelationId(),
        })
        console.log(options.json ? JSON.stringify({ next }) : `The next payment gets the number ${next}.`)
      } finally {
        await db.close()
      }
    })
}
