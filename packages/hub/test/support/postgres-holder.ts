import { Client } from 'pg'
import { lockDataDir } from '../../src/sandbox/postgres/data-dir-lock.ts'
import { startPostgres } from '../../src/sandbox/postgres/start-postgres.ts'

// A stand-in for the hub's process, to be killed by tests: `postgres-holder.ts DATA_DIR` takes the folder, starts its
// PostgreSQL, commits one row and says so. On SIGINT it writes a second row, as a hub that drains would, then stops.

const dataDir = process.argv[2] ?? ''
lockDataDir(dataDir)
const postgres = await startPostgres({ dataDir, log: () => {} })
await run('create table if not exists kept (row text)')
await run(`insert into kept values ('committed')`)
process.on('SIGINT', async () => {
  await run(`insert into kept values ('drained')`)
  await stop()
})
// The test that started us is gone without having ended us.
process.stdin.once('end', stop).resume()
// Said last: from here on a signal meets its handler.
process.stdout.write(`${JSON.stringify({ postmaster: postgres.pid })}\n`)

async function stop(): Promise<void> {
  await postgres.stop()
  process.exit(0)
}

async function run(statement: string): Promise<void> {
  const client = new Client({ ...postgres.connection })
  await client.connect()
  await client.query(statement)
  await client.end()
}
