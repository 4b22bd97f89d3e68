import { Command, CommanderError } from 'commander'
import { Refusal } from '../domain/errors.ts'
import { auditCommand } from './audit.ts'
import { bankCommand } from './bank.ts'
import { actCommand } from './act.ts'
import { caseCommand } from './case.ts'
import { doctorCommand } from './doctor.ts'
import { khqrCommand } from './khqr.ts'
import { migrateCommand } from './migrate.ts'
import { clientCommand } from './client.ts'
import { operatorCommand } from './operator.ts'
import { paymentCommand } from './payment.ts'
import { refundCommand } from './refund.ts'
import { restoredCommand } from './restored.ts'
import { simulateCommand } from './simulate.ts'
import { startCommand } from './start.ts'
import { suspenseCommand } from './suspense.ts'
import { tokenCommand } from './token.ts'
import { UsageError } from './usage-error.ts'

/** Runs one command line. The exit code says it all: 0 done, 1 failed or found something wrong, 2 called wrongly. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('khqr-hub')
    .description('KHQR Hub: bills, KHQR codes, proved payments.')
    .option('--config <file>', 'YAML file with settings; the environment wins over it')
    .showHelpAfterError('(khqr-hub --help lists the commands)')
    .exitOverride()
  for (const add of [
    startCommand,
    migrateCommand,
    tokenCommand,
    operatorCommand,
    clientCommand,
    bankCommand,
    paymentCommand,
    caseCommand,
    suspenseCommand,
    actCommand,
    refundCommand,
    simulateCommand,
    doctorCommand,
    auditCommand,
    khqrCommand,
    restoredCommand,
  ])
    add(program)
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    process.exitCode = explain(error)
  }
}

/** What went wrong, in one sentence on stderr: stdout holds results only. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError) {
    console.error(error.message)
    return 2
  }
  console.error(error instanceof Refusal ? sayRefusal(error) : error instanceof Error ? error.message : String(error))
  return 1
}

/** The refusal, and below it what it is about: a sentence, or one for each field. */
function sayRefusal({ message, details }: Refusal): string {
  if (typeof details !== 'string')
    return [message, ...Object.entries(details).map(([field, why]) => `  ${field}: ${why}`)].join('\n')
  return details === message ? message : `${message}\n  ${details}`
}
