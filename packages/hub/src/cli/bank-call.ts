import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Operation } from '../banks/operation.ts'
import { readConfig } from '../config.ts'
import { configuredBank } from '../flows/switch-bank.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { table } from './table.ts'
import { UsageError } from './usage-error.ts'
import { withHub } from './with-hub.ts'

type Options = { readonly yes?: true; readonly json?: true }

/** `khqr-hub bank call`: what a bank can do beside payments, one operation at a time. */
export function addBankCall(program: Command, bank: Command): void {
  bank
    .command('call')
    .description(
      'do one of the operations that a bank has beside payments, and print its answer; without one: list them',
    )
    .argument('<code>', "the bank's code")
    .argument('[operation]', 'its name, as it is listed')
    .argument('[fields...]', 'name=value; name=@file takes the value from a file')
    .option('--yes', "means it: in live mode, what takes a customer's money is done with this only")
    .option('--json', 'list them as JSON; an answer is JSON anyway')
    .action((code: string, name: string | undefined, fields: string[], options: Options) =>
      withHub(program, async (hub) => {
        const { bank: connector, code: known } = configuredBank(hub, code)
        const all = connector.operations ?? []
        if (name === undefined) return list(known, all, options)
        const operation = all.find((one) => one.name === name)
        if (!operation) throw strange(known, name, all)
        const given = readFields(operation, fields)
        if (operation.movesMoney === true && options.yes !== true && isLive(program)) throw unmeant(known, name)
        const { body } = await operation.run(given, { correlationId: newCorrelationId() })
        console.log(body)
      }),
    )
}

function isLive(program: Command): boolean {
  return readConfig({ file: program.opts<{ config?: string }>().config }).mode === 'live'
}

function list(code: string, all: readonly Operation[], { json }: Options): void {
  if (json) {
    const rows = all.map(({ name, does, movesMoney = false, fields }) => ({
      name,
      does,
      moves_money: movesMoney,
      fields,
    }))
    return console.log(JSON.stringify(rows))
  }
  if (all.length === 0) return console.log(`${code} has no operations beside payments.`)
  console.log(
    table([
      ['OPERATION', 'WHAT IT DOES', 'FIELDS'],
      ...all.map(({ name, does, fields }) => [
        name,
        does,
        fields.map((one) => (one.required ? one.name : `[${one.name}]`)).join(' '),
      ]),
    ]),
  )
}

/** Throws `UsageError` for a field that the operation does not have, for one given twice, and for what is missing. */
function readFields({ name, fields }: Operation, given: readonly string[]): Readonly<Record<string, string>> {
  const read = new Map<string, string>()
  for (const text of given) {
    const at = text.indexOf('=')
    if (at < 1) throw new UsageError(`"${text.slice(0, 60)}" must be name=value.`)
    const field = text.slice(0, at)
    if (!fields.some((one) => one.name === field)) throw noField(name, field, fields)
    if (read.has(field)) throw new UsageError(`${field} is given twice.`)
    read.set(field, readValue(field, text.slice(at + 1)))
  }
  const missing = fields.filter((one) => one.required && (read.get(one.name) ?? '') === '')
  if (missing.length > 0) {
    const wanted = missing.map((one) => `${one.name} (${one.about})`).join(', ')
    throw new UsageError(`${name} needs ${wanted}.`)
  }
  return Object.fromEntries(read)
}

function noField(name: string, field: string, fields: Operation['fields']): UsageError {
  const there = fields.map((one) => one.name).join(', ')
  return new UsageError(`${name} has no field "${field.slice(0, 60)}": it has ${there}.`)
}

/** From a file, a value is in no shell's history and in no list of processes. */
function readValue(field: string, text: string): string {
  if (!text.startsWith('@')) return text
  try {
    return readFileSync(text.slice(1), 'utf8').trim()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${field}: ${text.slice(1)} cannot be read (${why}).`)
  }
}

function strange(code: string, name: string, all: readonly Operation[]): UsageError {
  const there = all.length === 0 ? 'it has none' : `it has ${all.map((one) => one.name).join(', ')}`
  return new UsageError(`${code} has no operation "${name.slice(0, 60)}": ${there}.`)
}

function unmeant(code: string, name: string): UsageError {
  return new UsageError(
    `${code} ${name} takes a customer's money at once, and this is live mode: say --yes if you mean it.`,
  )
}
