import type { BankKeeping, CallBudget } from '../keeping.ts'

/** For tests: what the store keeps for one bank, in memory. `takes` is every call that was asked for, in order. */
export type TestKeeping = BankKeeping & {
  readonly takes: { readonly token: string; readonly kind: 'planned' | 'reserved'; readonly granted: boolean }[]
  readonly latches: { readonly token: string; readonly perDay: number | undefined }[]
  /** Every token that was stored, newest last. */
  readonly stored: string[]
}

export const resetsAt = new Date(Date.now() + 3_600_000)

export function keepInMemory(settings: { perDay?: number; reserve?: number; token?: string } = {}): TestKeeping {
  const { perDay = 100, reserve = 20, token } = settings
  const takes: TestKeeping['takes'][number][] = []
  const latches: TestKeeping['latches'][number][] = []
  const stored: string[] = []
  const spentBy = (of: string): number => takes.filter((one) => one.granted && one.token === of).length
  const isLatched = (of: string): boolean => latches.some((one) => one.token === of)
  const budget: CallBudget = {
    async take(of, kind) {
      const left = isLatched(of) ? 0 : perDay - spentBy(of)
      const granted = left > (kind === 'planned' ? reserve : 0)
      takes.push({ token: of, kind, granted })
      return granted ? { granted } : { granted, until: resetsAt }
    },
    async latch(of, said) {
      latches.push({ token: of, perDay: said })
    },
    async read(of) {
      const spent = spentBy(of)
      const latched = isLatched(of)
      return { perDay, reserve, spent, left: latched ? 0 : perDay - spent, resetsAt, latched }
    },
  }
  return {
    budget,
    tokens: {
      read: async () => stored.at(-1) ?? token,
      store: async (text) => void stored.push(text),
    },
    rates: { take: async () => true },
    takes,
    latches,
    stored,
  }
}
