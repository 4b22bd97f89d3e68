import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import type { Hub } from '../flows/hub.ts'
import { openRunning } from './open-running.ts'
import { reachDatabase } from './reach-database.ts'

/** Runs a command that asks banks or reads what is configured, on the running hub's database. */
export async function withHub(program: Command, act: (hub: Hub) => Promise<void>): Promise<void> {
  const config = readConfig({ file: program.opts<{ config?: string }>().config })
  const db = reachDatabase(config)
  try {
    const opened = await openRunning(config, db)
    try {
      await act(opened.hub)
    } finally {
      await opened.close()
    }
  } finally {
    await db.close()
  }
}
