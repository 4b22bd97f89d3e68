import { AsyncLocalStorage } from 'node:async_hooks'

const openTransaction = new AsyncLocalStorage<{ open: boolean }>()

/**
 * Runs what happens while a database transaction of ours is open. `store` wraps every transaction in it, so that the
 * HTTP client can refuse to call out meanwhile: a slow bank must not hold rows locked.
 */
export async function insideTransaction<Result>(run: () => Promise<Result>): Promise<Result> {
  // A fact of its own for each transaction: work started inside but finishing later is judged by whether it is still open.
  const transaction = { open: true }
  try {
    return await openTransaction.run(transaction, run)
  } finally {
    transaction.open = false
  }
}

export function isInsideTransaction(): boolean {
  return openTransaction.getStore()?.open === true
}
