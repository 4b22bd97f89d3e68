import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { type KeptCall, readCalls } from '../store/exchanges.ts'
import { findPayment } from './find-payment.ts'
import { reachDatabase } from './reach-database.ts'

/** `payment log`: what banks were asked about a payment and what they answered, whole, as it was kept (redacted). */
export function addPaymentLog(program: Command, payment: Command): void {
  payment
    .command('log')
    .description('every call to a bank about a payment, with its answer; secrets and personal data are redacted')
    .argument('<id>', 'payment number such as 150001, its pay_… id, or the reference of one of its codes')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: true }) => log(program, id, options.json === true))
}

async function log(program: Command, id: string, json: boolean): Promise<void> {
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    const { number } = await findPayment(db, id)
    const calls = await readCalls(db, number)
    if (json) console.log(JSON.stringify(calls))
    else if (calls.length === 0) console.log(`No call about payment ${number} was kept.`)
    else console.log(calls.map(inWords).join('\n\n'))
  } finally {
    await db.close()
  }
}

function inWords(call: KeptCall): string {
  const { at, target, operation, method, url, requestBody, httpStatus, answerBody, error, durationMs } = call
  const outcome = httpStatus === null ? (error ?? 'no answer') : `HTTP ${httpStatus}`
  return [
    `${at.toISOString()}  ${target} ${operation}  ${outcome} in ${durationMs} ms  (${call.correlationId})`,
    `  ${method} ${url}`,
    ...(requestBody === '' ? [] : [`  > ${requestBody}`]),
    ...(answerBody === '' ? [] : [`  < ${answerBody}`]),
  ].join('\n')
}
