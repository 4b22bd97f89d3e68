import { printAmount } from '../../money/money.ts'
import type { Wallet, WalletEntry } from '../../store/wallets.ts'
import { timestamp } from '../envelope.ts'
import { listOf } from '../list.ts'

/** The list's name in its cursors. */
export const walletEntries = 'wallet'

/** `balances` has every currency, "0.00" where there was none; amounts of entries are what the balance grew by. */
export function viewOfWallet(userId: string, limit: number, wallet: Wallet) {
  const { data, ...more } = listOf(walletEntries, limit, wallet.entries, {
    place: (entry) => entry.journalId,
    view: viewOfEntry,
  })
  return {
    userId,
    balances: {
      USD: printAmount(wallet.balances.USD, 'USD'),
      KHR: printAmount(wallet.balances.KHR, 'KHR'),
    },
    entries: data,
    ...more,
  }
}

function viewOfEntry(entry: WalletEntry) {
  return {
    kind: entry.kind,
    amount: printAmount(entry.amountMinor, entry.currency),
    currency: entry.currency,
    topup: entry.paymentId ?? null,
    description: entry.description ?? null,
    recorded_at: timestamp(entry.recordedAt),
  }
}
