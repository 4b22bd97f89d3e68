import type { Hub } from './hub.ts'

/** Takes over which banks and accounts are active. There is never more to do. */
export async function refreshBanks(hub: Hub): Promise<number> {
  await hub.refreshBanks()
  return 0
}
