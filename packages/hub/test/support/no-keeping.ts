import type { BankKeeping } from '../../src/banks/keeping.ts'

const refuse = (): never => {
  throw new Error('A bank of this kind keeps neither tokens nor budgets')
}

/** For banks that keep nothing: using it is a fault. */
export const noKeeping: BankKeeping = {
  budget: { take: refuse, latch: refuse, read: refuse },
  tokens: { read: refuse, store: refuse },
  rates: { take: refuse },
}
