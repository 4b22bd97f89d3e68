import { type AccountRow, readAccounts, readBanks } from './banks.ts'
import type { Db } from './db.ts'

/** The tables `banks` and `merchant_accounts` as they stood at the last look: what is asked in every request. */
export type BankTable = {
  /** Undefined for a bank that has no row. */
  isActive(code: string): boolean | undefined
  accountsOf(code: string): readonly AccountRow[]
  /** Resolves when a look that began after this call has been taken over. */
  refresh(): Promise<void>
}

/** `switched` is called when a look has found that a bank was switched on or off; it must not throw. */
export async function openBankTable(db: Db, switched: () => void = () => {}): Promise<BankTable> {
  let seen = await read(db)
  let running: Promise<unknown> = Promise.resolve()
  let waiting: Promise<void> | undefined
  const look = async (): Promise<void> => {
    waiting = undefined
    const before = seen
    seen = await read(db)
    if ([...seen.active].some(([code, active]) => before.active.get(code) !== active)) switched()
  }
  return {
    isActive: (code) => seen.active.get(code),
    accountsOf: (code) => seen.accounts.get(code) ?? [],
    // One look at a time, so that an older one never replaces a newer one; all who wait for the next share it.
    refresh() {
      if (waiting) return waiting
      waiting = running.then(look, look)
      running = waiting
      return waiting
    },
  }
}

async function read(db: Db) {
  const [banks, accounts] = await Promise.all([readBanks(db), readAccounts(db)])
  return {
    active: new Map(banks.map((bank) => [bank.code, bank.active])),
    accounts: Map.groupBy(accounts, (account) => account.bankCode),
  }
}
