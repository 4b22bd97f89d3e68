import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { migrate, migrationState } from '../store/migrate.ts'
import { reachDatabase } from './reach-database.ts'

export function migrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to date')
    .option('--json', 'print the applied migrations as JSON')
    .action(async (options: { json?: true }) => {
      const config = readConfig({ file: program.opts<{ config?: string }>().config })
      const db = reachDatabase(config)
      try {
        const now = await migrate(db.pool)
        const { applied } = await migrationState(db.pool)
        if (options.json) console.log(JSON.stringify({ appliedNow: now, applied }))
        else
          console.log(
            now.length === 0
              ? `Nothing to do: all ${applied.length} migrations are applied.`
              : `Applied: ${now.join(', ')}`,
          )
      } finally {
        await db.close()
      }
    })
}
