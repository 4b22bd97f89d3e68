import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { signAccessToken } from '../http/tokens/tokens.ts'
import type { RunningHub } from '../main.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { table } from './table.ts'

export function startCommand(program: Command): void {
  program
    .command('start')
    .description('run the hub; in sandbox also its database, banks and policy systems')
    .action(async () => {
      const config = readConfig({ file: program.opts<{ config?: string }>().config })
      const startedMs = performance.now()
      const signals = stopOnSignals()
      // Loaded by the one command that serves: it is most of what there is.
      const { startHub } = await import('../main.ts')
      const running = await startHub(config, { progress: (sentence) => console.error(sentence) })
      if (signals.started(running)) return
      const seconds = (performance.now() - startedMs) / 1_000
      console.log(greeting(running, seconds, config.mode === 'sandbox' ? await findDueBill(running) : undefined))
    })
}

/**
 * Ctrl-C or SIGTERM: finish what was begun, then stop the database last. A second Ctrl-C does not hurry it. One that comes
 * while the hub is still starting is heard as soon as there is something whole to stop.
 */
function stopOnSignals(): { started: (running: RunningHub) => boolean } {
  let hub: RunningHub | undefined
  let asked = false
  const stop = (running: RunningHub) => {
    running.stop().then(
      () => {
        console.error('Stopped.')
        process.exit(0)
      },
      (error: unknown) => {
        console.error(error instanceof Error ? error.message : String(error))
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked) return
      asked = true
      console.error('Stopping: finishing what was begun …')
      if (hub) stop(hub)
    })
  }
  return {
    started: (running) => {
      hub = running
      if (asked) stop(running)
      return asked
    },
  }
}

/** Sample bills in dollars, which AMK's account takes; a paid one has nothing due on the next start. */
const sampleBills = ['P123456789', 'A10000001', 'P500000005', 'P400000004']

async function findDueBill(running: RunningHub): Promise<string | undefined> {
  for (const number of sampleBills) {
    try {
      const found = await running.hub.lookUp(number, { fresh: false, call: { correlationId: newCorrelationId() } })
      if (found.state === 'due') return number
    } catch (error) {
      // A bad day that was left on: the hub starts all the same, and the commands will say what is wrong.
      if (error instanceof Trouble) return number
      throw error
    }
  }
  return undefined
}

function greeting(running: RunningHub, seconds: number, bill: string | undefined): string {
  const { config, ports, databaseIn } = running
  const url = (port: number) => `http://${config.bind.includes(':') ? `[${config.bind}]` : config.bind}:${port}`
  const rows = [
    ['gateway', url(ports.gateway), 'bills, banks, tokens, orders, top-ups and their pages'],
    ['khqr', url(ports.khqr), 'codes'],
    ['integration', url(ports.integration), 'premiums'],
    ...(running.simulatorPid === undefined
      ? []
      : [['simulator', url(ports.simulator), 'banks and policy systems played on this machine']]),
    ['database', 'PostgreSQL', databaseIn],
  ]
  const lines = ['', `KHQR Hub is ready (${config.mode}, ${seconds.toFixed(1)} s)`, '', table(rows)]
  if (config.mode === 'live') {
    return [
      ...lines,
      ...(running.hub.banks.size === 0 ? ['', 'No bank is configured: nothing can be paid yet.'] : []),
    ].join('\n')
  }
  lines.push('', `Open ${url(ports.gateway)}/ in a browser: pay a sample bill, order or top-up with the sandbox phone.`)
  if (bill === undefined) {
    return [...lines, '', 'All sample bills are paid. Make new ones: npx khqr-hub simulate bills --count 3'].join('\n')
  }
  const token = signAccessToken(running.tokens, {
    subject: 'demo-app',
    scope: 'bills:read khqr:create payments:read',
    ttlS: 3_600,
  })
  return [
    ...lines,
    '',
    'Or paste these three in another terminal. Find what is owed:',
    '',
    `curl -s -H "Authorization: Bearer ${token}" "${url(ports.gateway)}/AMK/payments?query=${bill}"`,
    '',
    'Make a KHQR for it:',
    '',
    `curl -s -H "Authorization: Bearer ${token}" "${url(ports.khqr)}/khqr?bankCode=AMK&billNumber=${bill}"`,
    '',
    'Pay it in the simulated bank, and see the premium credited in the policy system:',
    '',
    `${payCommand(url(ports.khqr), url(ports.simulator), token, bill)}`,
    '',
    'The token lasts an hour; another: npx khqr-hub token --scope "bills:read khqr:create". Ctrl-C stops everything.',
  ].join('\n')
}

/** Pays whatever payment the second command made a code for, then shows what the policy system believes. */
function payCommand(khqr: string, simulator: string, token: string, bill: string): string {
  const findId = `curl -s -H "Authorization: Bearer ${token}" "${khqr}/khqr?bankCode=AMK&billNumber=${bill}" | sed 's/.*"paymentId":\\([0-9]*\\).*/\\1/'`
  return `curl -s -H 'Content-Type: application/json' -d "{\\"bank\\":\\"AMK\\",\\"paymentId\\":\\"$(${findId})\\"}" ${simulator}/_simulator/pay && sleep 2 && curl -s ${simulator}/_simulator/journal`
}
