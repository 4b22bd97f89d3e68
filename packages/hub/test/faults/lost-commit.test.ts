import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { answers, becomes, counter, makeCode, pay } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'
import { commitAnswer, type FaultProxy, startFaultProxy } from './chaos/fault-proxy.ts'

// PostgreSQL has committed, and its answer is lost with the connection: nobody knows, until the books are read again.

const patienceMs = 30_000

test('a confirmation whose COMMIT was answered to nobody is told yes at once, as it is in the books', async (t) => {
  const { hub, toDatabase } = await startBehindProxy(t)
  const lost = toDatabase.loseAnswer(['write_steps\0'], commitAnswer, patienceMs)
  const { id, statuses } = await counter(hub, 'AMK', { number: await hub.bill() })
  assert.equal(await lost, 'write_steps\0')
  assert.deepEqual(statuses, [200])
  await becomes(hub, id, {})
  await booksAgree(hub)
})

test('a notice whose COMMIT was answered to nobody is told yes at once, and its money is in the books once', async (t) => {
  const { hub, toDatabase } = await startBehindProxy(t)
  const code = await makeCode(hub, 'AMK')
  const lost = toDatabase.loseAnswer(['write_steps\0'], commitAnswer, patienceMs)
  await pay(hub, code)
  assert.deepEqual(await answers(hub, code.id), [200])
  assert.equal(await lost, 'write_steps\0')
  await becomes(hub, code.id, {})
  await booksAgree(hub)
})

/** A hub that reaches its database through a proxy. */
async function startBehindProxy(t: TestContext): Promise<{ hub: TestHub; toDatabase: FaultProxy }> {
  let socket = ''
  const toDatabase = await startFaultProxy('hub to PostgreSQL', () => ({ path: socket }))
  t.after(() => toDatabase.close())
  const hub = await startTestHub(t, {}, (config) => {
    const url = new URL(config.databaseUrl ?? '')
    socket = join(url.searchParams.get('host') ?? '', `.s.PGSQL.${url.searchParams.get('port')}`)
    return { ...config, databaseUrl: `postgresql://postgres@127.0.0.1:${toDatabase.port}${url.pathname}` }
  })
  return { hub, toDatabase }
}
