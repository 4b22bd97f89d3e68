import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../src/store/db.ts'
import { seedBanks } from '../../src/store/banks.ts'
import type { AskOrder } from '../support/ask-counted-bank.ts'
import { testDatabase } from '../support/database.ts'

const asking = fileURLToPath(new URL('../support/ask-counted-bank.ts', import.meta.url))
const killed = 3

/** A made-up token that ends in 60 days. */
function madeUpToken(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1_000) + 60 * 86_400
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp })}.bWFkZS11cA`
}

test('a status call is counted before it is sent: whoever is killed while the bank holds it has spent it', async (t) => {
  const { address, pool } = await testDatabase(t)
  const db = openDatabase(address, { poolSize: 1, onError: () => {} })
  t.after(() => db.close())
  await seedBanks(db, [{ code: 'BAKONG', numericId: 5, kind: 'bakong', active: true, accounts: [] }])
  const spent = async () => {
    const { rows } = await pool.query<{ spent: number }>('select coalesce(sum(spent), 0)::int as spent from call_days')
    return rows[0]?.spent
  }

  // The bank answers nobody. When it hears a call, that call is in the books, and its caller is killed.
  const heard: (number | undefined)[] = []
  let caller: ChildProcess | undefined
  const hear = async () => {
    heard.push(await spent())
    caller?.kill('SIGKILL')
  }
  const bank = createServer(() => void hear())
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    bank.closeAllConnections()
    bank.close()
  })
  const bankUrl = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`
  const order: AskOrder = { address, bankUrl, token: madeUpToken(), perDay: killed }
  const ask = async () => {
    const child = spawn(process.execPath, [asking, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
    caller = child
    const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return { said, signal: child.signalCode }
  }

  for (let time = 0; time < killed; time += 1) assert.deepEqual(await ask(), { said: '', signal: 'SIGKILL' })
  assert.deepEqual(heard, [1, 2, 3])
  // All three are spent: the next is not sent.
  assert.deepEqual(await ask(), { said: 'quota', signal: null })
  assert.equal(heard.length, killed)
})
