import type { Pool } from 'pg'

/** One statement that the tables' own triggers would refuse. */
export async function unguarded(hub: { readonly pool: Pool }, sql: string, values: readonly unknown[]): Promise<void> {
  const client = await hub.pool.connect()
  try {
    await client.query('begin')
    await client.query(`set local session_replication_role = 'replica'`)
    await client.query(sql, [...values])
    await client.query('commit')
  } finally {
    client.release()
  }
}
