import type { Config } from '../config.ts'
import { openHub, type OpenHub } from '../open-hub.ts'
import { runningPorts } from '../sandbox/running-ports.ts'
import { sampleWorld } from '../sandbox/sample-world.ts'
import type { Db } from '../store/db.ts'

/** The flows on the running hub's database, for a command: logs nothing, serves nothing. */
export function openRunning(config: Config, db: Db): Promise<OpenHub> {
  const world = config.mode === 'sandbox' ? sampleWorld(config, runningPorts(config)) : undefined
  return openHub(config, db, world, 'silent')
}
