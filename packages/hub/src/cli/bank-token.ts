import { userInfo } from 'node:os'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Command } from 'commander'
import { readSeal } from '../config/bank-keeping.ts'
import { readConfig } from '../config.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { readJwt } from '../kit/read-jwt.ts'
import { readSandboxSecrets } from '../sandbox/secrets.ts'
import { readKeptToken, resealBankTokens, tokenFingerprint } from '../store/bank-tokens.ts'
import type { OpenHub } from '../open-hub.ts'
import type { Db } from '../store/db.ts'
import { openRunning } from './open-running.ts'
import { reachDatabase } from './reach-database.ts'

/** Adds what is done with the long-lived tokens that banks gave us. */
export function addBankToken(program: Command, bank: Command): void {
  bank
    .command('token')
    .description('enter a new access token of a bank, read from standard input, or show what is known of it')
    .argument('<code>', "the bank's code")
    .option('--show', 'print fingerprint, end and origin; nothing is entered')
    .option('--json', 'print JSON')
    .action((code: string, options: { show?: true; json?: true }) =>
      withBank(program, code.toUpperCase(), async (opened, db) => {
        if (!options.show) await enter(opened, code.toUpperCase())
        await show(opened, db, code.toUpperCase(), options.json === true)
      }),
    )
  bank
    .command('reseal-tokens')
    .description('seal every stored token anew with HUB_MASTER_KEY, after it was changed; hubs may run meanwhile')
    .action(() => reseal(program))
}

async function withBank(
  program: Command,
  code: string,
  act: (opened: OpenHub, db: Db) => Promise<void>,
): Promise<void> {
  const config = readConfig({ file: program.opts<{ config?: string }>().config })
  const db = reachDatabase(config)
  try {
    const opened = await openRunning(config, db)
    try {
      const at = opened.hub.banks.get(code)
      if (!at) throw new Error(`There is no bank ${code.slice(0, 40)}. See: khqr-hub bank list`)
      if (!at.bank.keepToken) throw new Error(`${code} gives no long-lived tokens: the hub logs in by itself.`)
      await act(opened, db)
    } finally {
      await opened.close()
    }
  } finally {
    await db.close()
  }
}

async function enter({ hub, keepings }: OpenHub, code: string): Promise<void> {
  const token = (await readToken(code)).trim()
  const times = readJwt(token)
  if (!times) throw new Error(`That is no JWT, and was not stored: ${token.length} characters came in.`)
  if (times.endsAt && times.endsAt.getTime() <= hub.clock.now().getTime())
    throw new Error(`That token ended at ${times.endsAt.toISOString()}, and was not stored.`)
  await keepings.get(code)?.tokens.store(token, 'entered', ourselves())
}

async function show({ keepings }: OpenHub, db: Db, code: string, json: boolean): Promise<void> {
  const token = await keepings.get(code)?.tokens.read()
  if (token === undefined) throw new Error(`${code} has no token. Enter one: khqr-hub bank token ${code}`)
  const kept = await readKeptToken(db, code)
  const fingerprint = tokenFingerprint(token)
  const endsAt = readJwt(token)?.endsAt?.toISOString()
  if (json) {
    const origin = { how: kept?.how ?? 'configured', by: kept?.by ?? null, at: kept?.at.toISOString() ?? null }
    console.log(JSON.stringify({ bank: code, fingerprint, ends_at: endsAt ?? null, ...origin }))
    return
  }
  const origin = kept ? `${kept.how} by ${kept.by} at ${kept.at.toISOString()}` : 'from the configuration'
  console.log(`${code}: token ${fingerprint}, ${endsAt ? `ends at ${endsAt}` : 'does not say when it ends'}, ${origin}`)
}

/** Seals with the running hub's key, and ends with 1 where something could not be opened. */
async function reseal(program: Command): Promise<void> {
  const config = readConfig({ file: program.opts<{ config?: string }>().config })
  const sandbox = config.mode === 'sandbox' ? readSandboxSecrets(config.dataDir)?.masterKey : undefined
  const seal = readSeal(config, sandbox)
  if (!seal) throw new Error('HUB_MASTER_KEY (masterKey) is missing: there is nothing to seal with.')
  const db = reachDatabase(config)
  try {
    const { resealed, locked } = await resealBankTokens(db, seal, {
      by: ourselves(),
      correlationId: newCorrelationId(),
    })
    console.log(`${resealed} sealed anew with the key ${seal.keyId}.`)
    for (const sentence of locked) console.error(sentence)
    if (locked.length > 0) process.exitCode = 1
  } finally {
    await db.close()
  }
}

function ourselves(): string {
  return `command line (${userInfo().username})`
}

/** Longer than any token. */
const mostBytes = 16_384

/** From a pipe or a file to its end; from a terminal one line, which is not shown. */
async function readToken(code: string): Promise<string> {
  if (process.stdin.isTTY) return askHidden(`The new token of ${code}, then Enter (it is not shown): `)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk as Buffer))
    bytes += (chunk as Buffer).length
    if (bytes > mostBytes) throw new Error(`More than ${mostBytes} bytes came in: that is no token.`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function askHidden(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  // Asked only now that the terminal echoes nothing any more.
  process.stderr.write(question)
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      process.stderr.write('\n')
      resolve(line)
      lines.close()
    })
    lines.once('close', () => reject(new Error('Nothing was entered.')))
  })
}
