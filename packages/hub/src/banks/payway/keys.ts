import { sha256Hex } from '../../kit/crypto.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Log } from '../../kit/log.ts'
import type { PaywaySettings } from './settings.ts'

/** The API keys that live at once, and which of them PayWay took last. Remembered for the life of the process. */
export type KeyRing = {
  /** The keys of a merchant id, the one that was taken last first; none for a merchant id without settings. */
  of(merchantId: string): readonly string[]
  noteTaken(merchantId: string, key: string): void
  /** An alarm for whoever looks after keys, at most every 10 minutes for one key. */
  noteRefused(merchantId: string, key: string, why: string): void
}

const alarmEveryMs = 600_000

export function createKeyRing(
  { code, merchants }: Pick<PaywaySettings, 'code' | 'merchants'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): KeyRing {
  const taken = new Map<string, string>()
  const alarmedAtMs = new Map<string, number>()
  return {
    of(merchantId) {
      const keys = merchants.get(merchantId)?.apiKeys ?? []
      const last = taken.get(merchantId)
      return last === undefined ? keys : [last, ...keys.filter((key) => key !== last)]
    },
    noteTaken: (merchantId, key) => void taken.set(merchantId, key),
    noteRefused(merchantId, key, why) {
      const fingerprint = fingerprintOf(key)
      const now = clock.monotonicMs()
      const last = alarmedAtMs.get(fingerprint)
      if (last !== undefined && now - last < alarmEveryMs) return
      alarmedAtMs.set(fingerprint, now)
      log.error(
        { event: 'bank.key_refused', bank: code, merchantId, fingerprint },
        `${code} refuses the API key ${fingerprint} of ${merchantId}: ${why}`,
      )
    },
  }
}

/** First 16 hex digits of the SHA-256: names a key in logs without being one. */
export function fingerprintOf(key: string): string {
  return sha256Hex(key).slice(0, 16)
}
