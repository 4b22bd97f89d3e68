import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { signedRequests, signRequest } from '../banks/registry.ts'
import { readSignKey } from '../config.ts'
import { isJsonObject, JsonError, parseExactJson } from '../kit/json.ts'
import type { JsonObject } from '../kit/json.ts'
import { UsageError } from './usage-error.ts'

type Options = { operation: string; fields: string }

/** `khqr-hub bank sign`: the hash of a request, as a bank wants it. Needs no hub, no database, no network. */
export function addSign(bank: Command): void {
  bank
    .command('sign')
    .description('print the text that a bank’s request is signed over, and its hash; the key is read from HUB_SIGN_KEY')
    .requiredOption('--operation <name>', `what is signed: ${signedRequests.join(', ')}`)
    .requiredOption('--fields <file>', 'the request’s fields, a JSON object in a file; "-" reads standard input')
    .action(({ operation, fields }: Options) => {
      const key = readSignKey()
      if (key === undefined || key === '')
        throw new UsageError('HUB_SIGN_KEY is missing: set it to the key that the request is signed with.')
      if (!signedRequests.includes(operation)) {
        throw new UsageError(
          `--operation: "${operation.slice(0, 60)}" is no operation that is signed. They are ${signedRequests.join(', ')}.`,
        )
      }
      const done = signRequest(operation, readFields(fields), key)
      if ('problem' in done) throw new UsageError(`--fields: ${done.problem}`)
      tell(`Given, and not signed for ${operation}`, done.unsigned)
      tell(`Signed for ${operation}, and missing or empty`, done.missing)
      console.log(JSON.stringify(done.signed))
    })
}

/** On standard error: what is printed is read by programs. */
function tell(what: string, names: readonly string[]): void {
  if (names.length > 0) console.error(`${what}: ${names.map((name) => name.slice(0, 60)).join(', ')}.`)
}

function readFields(file: string): JsonObject {
  const from = file === '-' ? 'standard input' : file
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new UsageError(
      `--fields: ${from} cannot be read (${error instanceof Error ? error.message : String(error)}).`,
    )
  }
  try {
    const fields = parseExactJson(text.replace(/^\ufeff/, ''))
    if (isJsonObject(fields)) return fields
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw new UsageError(`--fields: ${from} ${error.message}.`)
  }
  throw new UsageError(`--fields: ${from} must hold a JSON object, such as {"req_time":"20260115093000", …}.`)
}
