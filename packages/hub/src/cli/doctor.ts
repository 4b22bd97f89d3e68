import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { table } from './table.ts'
import { runDoctor } from './doctor-rows.ts'

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check everything: configuration, database, banks, one whole payment, invariants')
    .option('--json', 'print the rows as JSON')
    .action(async (options: { json?: true }) => {
      const config: Config = readConfig({ file: program.opts<{ config?: string }>().config })
      const rows = await runDoctor(config, (name) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${name} …`)
      })
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
      if (options.json) console.log(JSON.stringify({ ok: rows.every((row) => row.state !== 'red'), rows }))
      else console.log(table(rows.map((row) => [mark[row.state], row.name, row.sentence])))
      if (rows.some((row) => row.state === 'red')) process.exitCode = 1
    })
}

const mark = { green: 'ok', note: '--', red: 'RED' } as const
