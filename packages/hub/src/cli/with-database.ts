import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import type { Db } from '../store/db.ts'
import { reachDatabase } from './reach-database.ts'
import { UsageError } from './usage-error.ts'

/** Runs a command that only reads, on the running hub's database. */
export async function withDatabase(program: Command, act: (db: Db) => Promise<void>): Promise<void> {
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    await act(db)
  } finally {
    await db.close()
  }
}

/** Rows printed at most, unless told. */
export const usualRows = '50'

/** Reads `--limit`. Throws `UsageError`. */
export function readLimit(text: string): number {
  const most = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (most < 1 || most > 1_000) throw new UsageError(`--limit: "${text}" must be 1 to 1000.`)
  return most
}

/** Reads an option that is one of a few words, or was not given. Throws `UsageError`. */
export function readWord<Word extends string>(
  option: string,
  words: readonly Word[],
  text: string | undefined,
): Word | undefined {
  if (text === undefined) return undefined
  const word = words.find((one) => one === text)
  if (word === undefined) throw new UsageError(`${option}: "${text}" must be one of ${words.join(', ')}.`)
  return word
}

/** Reads an id such as `sus_12` or `case_7`, with or without its prefix. Throws `UsageError`. */
export function readRowId(prefix: string, text: string): number {
  const number = new RegExp(`^(?:${prefix}_)?([1-9]\\d{0,14})$`).exec(text)?.[1]
  if (number === undefined)
    throw new UsageError(`"${text.slice(0, 60)}" is not right: write an id such as ${prefix}_7.`)
  return Number(number)
}
