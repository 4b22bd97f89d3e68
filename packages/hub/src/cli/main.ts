import { Command, CommanderError } from 'commander'
import { Refusal } from '../domain/errors.ts'
import { UsageError } from './usage-error.ts'

/** The commands in the order of the help, each loaded only when it is called: a command's start is most of its time. */
export const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  start: async () => (await import('./start.ts')).startCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  token: async () => (await import('./token.ts')).tokenCommand,
  operator: async () => (await import('./operator.ts')).operatorCommand,
  client: async () => (await import('./client.ts')).clientCommand,
  bank: async () => (await import('./bank.ts')).bankCommand,
  payment: async () => (await import('./payment.ts')).paymentCommand,
  case: async () => (await import('./case.ts')).caseCommand,
  suspense: async () => (await import('./suspense.ts')).suspenseCommand,
  act: async () => (await import('./act.ts')).actCommand,
  refund: async () => (await import('./refund.ts')).refundCommand,
  simulate: async () => (await import('./simulate.ts')).simulateCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  khqr: async () => (await import('./khqr.ts')).khqrCommand,
  restored: async () => (await import('./restored.ts')).restoredCommand,
}

/** The one that is called; all of them when none is, so that the help lists them and a slip finds its neighbour. */
function commandsFor(argv: readonly string[]) {
  const first = argv.findIndex((word, index) => !word.startsWith('-') && argv[index - 1] !== '--config')
  const isCalled = first >= 0 && !argv.slice(0, first).some((word) => word === '--help' || word === '-h')
  const called = isCalled ? Object.entries(commands).find(([name]) => name === argv[first]) : undefined
  return called ? [called[1]] : Object.values(commands)
}

/** Runs one command line. The exit code says it all: 0 done, 1 failed or found something wrong, 2 called wrongly. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('khqr-hub')
    .description('KHQR Hub: bills, KHQR codes, proved payments.')
    .option('--config <file>', 'YAML file with settings; the environment wins over it')
    .showHelpAfterError('(khqr-hub --help lists the commands)')
    .exitOverride()
  for (const add of await Promise.all(commandsFor(argv).map((load) => load()))) add(program)
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
