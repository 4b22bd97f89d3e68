import type { BankKeeping } from '../banks/keeping.ts'
import type { Config } from '../config.ts'
import { createSeal, readSealingKey, type Seal } from '../kit/seal.ts'
import { createTokenKeeper, lockedTokens } from '../store/bank-tokens.ts'
import { createCallBudget } from '../store/call-budgets.ts'
import { createCallRates } from '../store/call-rates.ts'
import type { Db } from '../store/db.ts'
import type { HubSide } from './bank-settings.ts'
import { WrongSetting } from './setting-table.ts'

/** What seals the tokens of banks; undefined where no master key is set, which only live mode allows. */
export function readSeal(
  config: Pick<Config, 'masterKey' | 'masterKeysOld'>,
  sandboxKey: string | undefined,
): Seal | undefined {
  const older = config.masterKeysOld.map(keyOf)
  const text = config.masterKey ?? sandboxKey
  if (text !== undefined) return createSeal({ current: keyOf(text), older })
  if (older.length === 0) return undefined
  throw new WrongSetting(
    'HUB_MASTER_KEYS_OLD (masterKeysOld) is set without HUB_MASTER_KEY (masterKey). Set the new key.',
  )
}

/** What connectors keep between their calls and between processes, one for each bank. */
export type BankKeeper = {
  readonly all: ReadonlyMap<string, BankKeeping>
  of(code: string, side: Pick<HubSide, 'statusCalls' | 'connector'>): BankKeeping
  /**
   * Throws `WrongSetting` where a bank's stored token cannot be read, or one of `renewing` could not store a renewed one:
   * told at the start, not found when the bank has ended the token before.
   */
  refuseLocked(renewing: readonly string[]): Promise<void>
}

export function createBankKeeper(db: Db, seal: Seal | undefined, now: () => Date): BankKeeper {
  const all = new Map<string, BankKeeping>()
  return {
    all,
    of: (code, { statusCalls, connector }) => {
      const token = connector['token']
      const configured = typeof token === 'string' ? token : undefined
      const keeping = {
        budget: createCallBudget(db, code, { ...statusCalls, now }),
        tokens: createTokenKeeper(db, code, { seal, configured }),
        rates: createCallRates(db, code),
      }
      all.set(code, keeping)
      return keeping
    },
    refuseLocked: async (renewing) => {
      const locked = await lockedTokens(db, seal, [...all.keys()])
      if (locked !== undefined) throw new WrongSetting(locked)
      if (seal || renewing.length === 0) return
      throw new WrongSetting(
        `HUB_MASTER_KEY (masterKey) is missing: the access token of ${renewing.join(', ')} is kept sealed with it. ` +
          'Make one: openssl rand -base64 32',
      )
    },
  }
}

function keyOf(text: string): Buffer {
  const key = readSealingKey(text)
  if (!key) throw new WrongSetting('A master key is not 32 bytes as base64 or as 64 hex digits.')
  return key
}
