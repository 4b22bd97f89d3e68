import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { systemClock } from '../kit/clock.ts'
import { startPatience } from '../kit/deadline.ts'
import { createHttpClient } from '../kit/http-client.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { localUrl, runningPorts } from '../sandbox/running-ports.ts'
import { UsageError } from './usage-error.ts'

export function simulateCommand(program: Command): void {
  const simulate = program.command('simulate').description('play the customer and the banks (sandbox)')
  const ask: Ask = (method, path, body) => askSimulator(program, method, path, body)
  for (const add of [
    payCommand,
    billPaymentCommand,
    reverseCommands,
    verifyCommand,
    billsCommand,
    faultsCommand,
    quotaCommand,
    journalCommand,
  ]) {
    add(simulate, ask)
  }
}

const verifyHelp = 'paid, unpaid, unpaid-for:<seconds>, flap, wrong-amount, silent, garbage; more at BAKONG'

type Options = Readonly<Record<string, string | readonly string[] | true | undefined>>
type Ask = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<void>

function payCommand(simulate: Command, ask: Ask): void {
  simulate
    .command('pay')
    .description('a customer pays a code')
    .requiredOption('--bank <code>', 'bank code, such as AMK')
    .option('--payment <id>', 'payment id, such as 150001')
    .option('--qr <text>', 'the KHQR text instead of an id; BAKONG needs it')
    .option('--amount <amount>', 'another amount than the code says')
    .option('--currency <currency>', 'USD or KHR')
    .option('--times <n>', 'movements of money', '1')
    .option('--gap-ms <ms>', 'between the movements')
    .option('--webhook <how>', 'normal, drop, duplicate, duplicate-other-content, reorder, late:<seconds>, forged')
    .option('--notice <field=value...>', 'what the notice tells instead: paid_amount, currency, status, …')
    .option('--verify <how>', verifyHelp)
    .option('--clock-skew-s <seconds>', "how far the bank's clock is ahead, below 0 behind")
    .option('--paid-at <time>', 'when it is paid, such as 2026-01-31T09:30:00+07:00')
    .option('--late', 'BAKONG: pay a code past its expiry all the same; elsewhere: the money goes back')
    .option('--same-transfer-as <qr>', 'BAKONG: a lie, the transfer of that code is told for this one')
    .option('--force', 'book it although apps would refuse it')
    .option('--method <how>', 'khqr, abapay, cards, alipay, wechat, google_pay, where a page takes them')
    .option('--payer-currency <currency>', "of the payer's own account")
    .option('--discount <amount>', 'so much less is paid')
    .option('--link <id>', 'pay a payment link instead')
    .option('--merchant-ref <text>', 'pay a printed code instead')
    .option('--shape <how>', 'of a callback: json, form, form-response, raw-body, probe')
    .option('--signature <how>', 'of a callback: right, wrong, unsorted, none')
    .option('--callback-to <url>', 'another address than was given')
    .action((o: Options) =>
      ask('POST', '/_simulator/pay', {
        bank: o['bank'],
        paymentId: o['payment'],
        qr: o['qr'],
        amount: o['amount'],
        currency: o['currency'],
        times: whole('--times', o['times']),
        gapMs: whole('--gap-ms', o['gapMs']),
        webhook: o['webhook'],
        notice: pairs('--notice', o['notice']),
        verify: o['verify'],
        clockSkewS: whole('--clock-skew-s', o['clockSkewS']),
        paidAt: o['paidAt'],
        late: o['late'],
        sameTransferAs: o['sameTransferAs'],
        force: o['force'],
        method: o['method'],
        payerCurrency: o['payerCurrency'],
        discount: o['discount'],
        link: o['link'],
        merchantRef: o['merchantRef'],
        shape: o['shape'],
        signature: o['signature'],
        callbackTo: o['callbackTo'],
      }),
    )
}

function billPaymentCommand(simulate: Command, ask: Ask): void {
  simulate
    .command('bill-payment')
    .description('a customer pays at the counter: the bank inquires, then confirms')
    .requiredOption('--bank <code>', 'bank code')
    .requiredOption('--number <number>', 'policy or application number')
    .option('--amount <amount>', 'another amount than is due')
    .option('--currency <currency>', 'USD or KHR')
    .option('--transaction <id>', "the bank's transaction id")
    .option('--times <n>', 'how often the same confirmation is sent', '1')
    .option('--again <field=value...>', 'confirmed once more with other content: amount, currency, payer, number')
    .option('--payment <id>', 'confirm what was inquired about before, at this bank or another')
    .option('--payer <name>', "the customer's name, with --payment")
    .option('--inquiry-only', 'inquire, and pay nothing yet')
    .option('--clock-skew-s <seconds>', "how far the bank's clock is ahead, below 0 behind")
    .option('--paid-at <time>', 'when it is paid, such as 2026-01-31T09:30:00+07:00')
    .action((o: Options) =>
      ask('POST', '/_simulator/bill-payment', {
        bank: o['bank'],
        number: o['number'],
        amount: o['amount'],
        currency: o['currency'],
        bankTransactionId: o['transaction'],
        times: whole('--times', o['times']),
        again: pairs('--again', o['again']),
        paymentId: o['payment'],
        payer: o['payer'],
        inquiryOnly: o['inquiryOnly'],
        clockSkewS: whole('--clock-skew-s', o['clockSkewS']),
        paidAt: o['paidAt'],
      }),
    )
}

function reverseCommands(simulate: Command, ask: Ask): void {
  for (const [name, does] of [
    ['reverse', 'the bank takes money back: a movement, or all of a payment'],
    ['restore', 'the bank gives back what it had taken back'],
  ] as const) {
    simulate
      .command(name)
      .description(does)
      .requiredOption('--bank <code>', 'bank code')
      .option('--transaction <id>', "the bank's transaction id")
      .option('--payment <id>', 'payment id, such as 150001')
      .option('--after-s <seconds>', 'so many seconds later')
      .action((o: Options) =>
        ask('POST', `/_simulator/${name}`, {
          bank: o['bank'],
          transactionId: o['transaction'],
          paymentId: o['payment'],
          afterS: whole('--after-s', o['afterS']),
        }),
      )
  }
}

function verifyCommand(simulate: Command, ask: Ask): void {
  simulate
    .command('verify')
    .description("what a bank's verify says of a payment from now on")
    .requiredOption('--bank <code>', 'bank code')
    .option('--payment <id>', 'payment id, such as 150001')
    .option('--qr <text>', 'the KHQR text instead of an id, at BAKONG')
    .requiredOption('--verify <how>', verifyHelp)
    .action((o: Options) =>
      ask('POST', '/_simulator/verify', {
        bank: o['bank'],
        paymentId: o['payment'],
        qr: o['qr'],
        verify: o['verify'],
      }),
    )
}

function billsCommand(simulate: Command, ask: Ask): void {
  simulate
    .command('bills')
    .description('make new bills')
    .requiredOption('--count <n>', 'how many')
    .option('--system <name>', 'DLIS or INGENIUM')
    .option('--amount <amount>', 'amount of each')
    .option('--currency <currency>', 'USD or KHR')
    .action((o: Options) =>
      ask('POST', '/_simulator/bills', {
        count: whole('--count', o['count']),
        system: o['system'],
        amount: o['amount'],
        currency: o['currency'],
      }),
    )
}

function faultsCommand(simulate: Command, ask: Ask): void {
  simulate
    .command('faults')
    .description('give a system a bad day, or clear all')
    .option('--target <name>', 'bank code or policy system')
    .option('--operation <name>', 'which operation')
    .option('--fault <kind>', 'none, slow, 500, html, flap, silent, …')
    .option('--value <what>', 'milliseconds, or what the fault takes')
    .option('--clear', 'clear all faults')
    .action((o: Options) => {
      if (o['clear'] === true) return ask('DELETE', '/_simulator/faults')
      if (o['target'] === undefined) return ask('GET', '/_simulator/faults')
      return ask('POST', '/_simulator/faults', {
        target: o['target'],
        operation: o['operation'],
        fault: o['fault'],
        value: o['value'],
      })
    })
}

function quotaCommand(simulate: Command, ask: Ask): void {
  simulate
    .command('quota')
    .description("BAKONG's count of today's status calls, by token; or set it")
    .option('--spent <n>', 'what was spent today, by every token')
    .option('--per-day <n>', 'what a day allows')
    .option('--reset', 'a new day')
    .action((o: Options) => {
      const path = '/_simulator/bakong/quota'
      if (o['spent'] === undefined && o['perDay'] === undefined && o['reset'] === undefined) return ask('GET', path)
      return ask('POST', path, {
        spent: whole('--spent', o['spent']),
        perDay: whole('--per-day', o['perDay']),
        reset: o['reset'],
      })
    })
}

function journalCommand(simulate: Command, ask: Ask): void {
  simulate
    .command('journal')
    .description('what banks and policy systems believe')
    .action(() => ask('GET', '/_simulator/journal'))
}

/** A bill payment waits for the bank's own calls to us. */
const patienceMs = 60_000

async function askSimulator(
  program: Command,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body: unknown,
): Promise<void> {
  const config = readConfig({ file: program.opts<{ config?: string }>().config })
  if (config.mode === 'live')
    throw new UsageError('simulate works in sandbox mode only: there is no simulator in live mode.')
  const http = createHttpClient(systemClock)
  try {
    const answer = await http.send(
      {
        target: 'simulator',
        operation: path,
        method,
        url: `${localUrl(config, runningPorts(config).simulator)}${path}`,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      },
      { correlationId: newCorrelationId() },
      startPatience(systemClock, patienceMs),
    )
    const text = answer.body.toString('utf8')
    if (answer.status >= 400) throw new Error(`The simulator refused (${answer.status}): ${text}`)
    console.log(text)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    throw new Error('The simulator does not answer. Start the hub with "npm start" first.', { cause: error })
  } finally {
    await http.close()
  }
}

function whole(option: string, said: Options[string]): number | undefined {
  if (said === undefined) return undefined
  const text = String(said)
  if (!/^-?\d{1,9}$/.test(text)) throw new UsageError(`${option}: "${text.slice(0, 40)}" must be a whole number.`)
  return Number(text)
}

/** `field=value …` as an object. */
function pairs(option: string, said: Options[string]): Record<string, string> | undefined {
  if (said === undefined) return undefined
  const texts = Array.isArray(said) ? said.map(String) : [String(said)]
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1)
        throw new UsageError(`${option}: "${text.slice(0, 40)}" must be a field and its value, such as amount=5.`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}
