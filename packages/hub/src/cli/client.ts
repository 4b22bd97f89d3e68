import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { randomToken, sha256Hex } from '../kit/crypto.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { isClientId, listClients, putServiceKey, registerClient, removeClient } from '../store/api-clients.ts'
import type { Db } from '../store/db.ts'
import { reachDatabase } from './reach-database.ts'
import { table } from './table.ts'
import { readScope } from './token.ts'
import { UsageError } from './usage-error.ts'

/** `khqr-hub client`: programs that get access tokens at `POST /auth/token`. */
export function clientCommand(program: Command): void {
  const client = program.command('client').description('programs that get access tokens with an id and a secret')
  client
    .command('add')
    .description('register a client and print its secret, once; a known one gets a new secret and these scopes')
    .argument('<id>', 'its client id, such as mobile-app')
    .requiredOption('--scope <scopes>', 'scopes with blanks between, such as "khqr:create bills:read"')
    .option('--json', 'print JSON')
    .action((id: string, options: { scope: string; json?: true }) => add(program, id, options))
  client
    .command('key')
    .description('make a long-lived key for a service that cannot log in every hour, and print it once')
    .argument('<name>', 'the service, such as old-shop')
    .requiredOption('--scope <scopes>', 'scopes with blanks between, such as "topups:write"')
    .option('--slot <number>', 'a service has two keys at once, so that one can be changed: 1 or 2', '1')
    .option('--json', 'print JSON')
    .action((name: string, options: { scope: string; slot: string; json?: true }) => makeKey(program, name, options))
  client
    .command('remove')
    .description('give a client no more tokens; those it has end within the hour')
    .argument('<id>', 'its client id')
    .action((id: string) =>
      withDatabase(program, id, async (db, who) => {
        if (!(await removeClient(db, who)))
          throw new Error(`There is no active client ${id}. See: khqr-hub client list`)
        console.log(`${id} gets no more tokens.`)
      }),
    )
  client
    .command('list')
    .description('list the clients, removed ones too')
    .option('--json', 'print JSON')
    .action((options: { json?: true }) => list(program, options.json === true))
}

async function add(program: Command, id: string, options: { scope: string; json?: true }): Promise<void> {
  const scopes = readScope(options.scope).split(' ')
  await withDatabase(program, id, async (db, who) => {
    const secret = randomToken(32)
    const isNew = await registerClient(db, { ...who, secretSha256: sha256Hex(secret), scopes })
    if (options.json) {
      console.log(JSON.stringify({ client_id: id, client_secret: secret, scopes, is_new: isNew }))
      return
    }
    const what = isNew ? 'is registered' : 'has a new secret; the old one is refused from now on'
    console.log(`${id} ${what}. Its secret, shown this once:\n${secret}`)
  })
}

async function makeKey(
  program: Command,
  name: string,
  options: { scope: string; slot: string; json?: true },
): Promise<void> {
  const scopes = readScope(options.scope).split(' ')
  const slot = options.slot === '1' ? 1 : options.slot === '2' ? 2 : undefined
  if (slot === undefined) throw new UsageError(`--slot: "${options.slot.slice(0, 20)}" must be 1 or 2.`)
  await withDatabase(program, name, async (db, who) => {
    const key = randomToken(32)
    await putServiceKey(db, { ...who, slot, sha256: sha256Hex(key), scopes })
    console.log(options.json ? JSON.stringify({ service: name, slot, key, scopes }) : key)
  })
}

async function list(program: Command, json: boolean): Promise<void> {
  await withDatabase(program, undefined, async (db) => {
    const clients = await listClients(db)
    if (json) {
      const data = clients.map((one) => ({
        client_id: one.clientId,
        active: one.active,
        scopes: one.scopes,
        added_at: one.createdAt.toISOString(),
      }))
      console.log(JSON.stringify(data))
      return
    }
    if (clients.length === 0) {
      console.log('There are no clients. Register one: khqr-hub client add ID --scope "khqr:create"')
      return
    }
    console.log(
      table([
        ['CLIENT', 'STATE', 'ADDED', 'SCOPES'],
        ...clients.map((one) => [
          one.clientId,
          one.active ? 'active' : 'removed',
          one.createdAt.toISOString(),
          one.scopes.join(' '),
        ]),
      ]),
    )
  })
}

type Who = { readonly clientId: string; readonly actor: string; readonly correlationId: string }

async function withDatabase(
  program: Command,
  id: string | undefined,
  act: (db: Db, who: Who) => Promise<void>,
): Promise<void> {
  if (id !== undefined && !isClientId(id)) {
    throw new UsageError(
      `"${id.slice(0, 80)}" is no client id: write 1 to 60 letters, digits and . _ -, beginning with a letter or digit.`,
    )
  }
  const db = reachDatabase(readConfig({ file: program.opts<{ config?: string }>().config }))
  try {
    const actor = `command line (${userInfo().username})`
    await act(db, { clientId: id ?? '', actor, correlationId: newCorrelationId() })
  } finally {
    await db.close()
  }
}
