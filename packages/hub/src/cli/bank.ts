import type { Command } from 'commander'
import type { BankAtWork, Hub } from '../flows/hub.ts'
import { withoutKey } from '../flows/idempotency.ts'
import { makeBankBearer } from '../flows/make-bank-bearer.ts'
import { configuredBank, switchBank } from '../flows/switch-bank.ts'
import { viewOfBank } from '../http/v1/banks.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { Trouble } from '../kit/trouble.ts'
import { type ActingOptions, actingOptions, asOperator } from './as-operator.ts'
import { addSign } from './bank-sign.ts'
import { addBankCall } from './bank-call.ts'
import { addBankMovements } from './bank-movements.ts'
import { addSignatureProbe } from './bank-signature.ts'
import { addBankToken } from './bank-token.ts'
import { table } from './table.ts'
import { readWord } from './with-database.ts'
import { withHub } from './with-hub.ts'

export function bankCommand(program: Command): void {
  const bank = program.command('bank').description('the configured banks: look, ask them, switch them')
  bank
    .command('list')
    .description('list the configured banks')
    .option('--json', 'print JSON')
    .action((options: { json?: true }) => list(program, options.json === true))
  bank
    .command('probe')
    .description('ask banks whether they answer and accept our login; the exit code says it too')
    .argument('[code]', "a bank's code; all banks, unless given")
    .option('--json', 'print JSON')
    .action((code: string | undefined, options: { json?: true }) => probe(program, code, options.json === true))
  for (const [name, description, active] of [
    ['enable', 'serve new inquiries, codes and payments of a bank, in every process at once', true],
    ['disable', 'serve no new ones; what was opened before goes on', false],
  ] as const) {
    actingOptions(bank.command(name).description(description).argument('<code>', "the bank's code")).action(
      (code: string, options: ActingOptions) => set(program, code, active, options),
    )
  }
  actingOptions(
    bank
      .command('bearer')
      .description('make the bearer token with which a bank calls us, and print it once')
      .argument('<code>', "the bank's code")
      .option('--slot <slot>', '1 or 2: a bank has two, so that one goes on while the other is replaced', '1'),
  ).action((code: string, options: ActingOptions & { slot: string }) => makeBearer(program, code, options))
  addSignatureProbe(bank)
  addSign(bank)
  addBankCall(program, bank)
  addBankMovements(program, bank)
  addBankToken(program, bank)
}

function list(program: Command, json: boolean): Promise<void> {
  return withHub(program, (hub) => {
    const banks = byNumber(hub)
    if (json) console.log(JSON.stringify(banks.map((at) => viewOfBank({ at, active: at.active }))))
    else if (banks.length === 0) console.log('No bank is configured. See docs/add-a-bank.md')
    else
      console.log(
        table([
          ['CODE', 'ID', 'STATE', 'ACCOUNTS', 'PROOF', 'FALLBACK'],
          ...banks.map((at) => [
            at.code,
            String(at.numericId),
            at.active ? 'active' : 'off',
            at.accounts.map((one) => `${one.accountNumber} ${one.currency}${one.active ? '' : ' (off)'}`).join(', '),
            proofOf(at),
            at.fallback.join(', ') || '-',
          ]),
        ]),
      )
    return Promise.resolve()
  })
}

function byNumber(hub: Hub): BankAtWork[] {
  return [...hub.banks.values()].sort((a, b) => a.numericId - b.numericId)
}

function proofOf({ bank, policy }: BankAtWork): string {
  const { verify, callsAreCounted } = bank.describe()
  if (verify === 'never') return policy.noticeSettlesKhqr ? 'its notice settles' : 'statement'
  return callsAreCounted ? 'asked, as its daily calls allow' : 'asked'
}

type Probed = { readonly code: string; readonly answers: boolean; readonly login: boolean; readonly sentence: string }

function probe(program: Command, code: string | undefined, json: boolean): Promise<void> {
  return withHub(program, async (hub) => {
    const banks = code === undefined ? byNumber(hub) : [configuredBank(hub, code)]
    const probed = await Promise.all(banks.map(probeOne))
    if (json) console.log(JSON.stringify(probed))
    else
      console.log(
        table([
          ['CODE', 'ANSWERS', 'LOGIN', 'WHAT'],
          ...probed.map((one) => [one.code, yesOrNo(one.answers), yesOrNo(one.login), one.sentence]),
        ]),
      )
    if (probed.some((one) => !one.answers || !one.login)) process.exitCode = 1
  })
}

async function probeOne({ code, bank }: BankAtWork): Promise<Probed> {
  const call = { correlationId: newCorrelationId() }
  const answer = await bank.probe(call)
  if (!answer.reachable) return { code, answers: false, login: false, sentence: answer.sentence }
  try {
    await bank.checkCredentials(call)
    const sentence = `answers in ${Math.round(answer.responseTimeMs)} ms and accepts our login`
    return { code, answers: true, login: true, sentence }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    return { code, answers: true, login: false, sentence: error.message }
  }
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'NO'
}

function set(program: Command, code: string, active: boolean, options: ActingOptions): Promise<void> {
  return asOperator(program, options, async (hub, asker) => {
    const switched = await switchBank(hub, asker, { code, active, reason: options.reason }, withoutKey(code))
    const { at } = switched
    if (options.json) console.log(JSON.stringify(viewOfBank(switched)))
    else console.log(active ? `${at.code} is active.` : `${at.code} is off. What was opened before goes on.`)
  })
}

function makeBearer(program: Command, code: string, options: ActingOptions & { slot: string }): Promise<void> {
  const slot = readWord('--slot', ['1', '2'], options.slot) === '2' ? 2 : 1
  return asOperator(program, options, async (hub, asker) => {
    const bearer = await makeBankBearer(hub, asker, { code, slot, reason: options.reason })
    console.log(options.json ? JSON.stringify({ bank: code.toUpperCase(), slot, bearer }) : bearer)
  })
}
