import { createCache, createSingleFlight } from '../../kit/cache.ts'
import { sha256Hex } from '../../kit/crypto.ts'
import { createPdfQueue, type PdfQueue } from './pdf-queue.ts'

/** PDFs that are kept, at most: about 20 KB each. */
const mostKept = 200
const keptForMs = 60 * 60 * 1_000

/**
 * A queue that draws the same receipt once: who asks while it is drawn shares the bytes, who asks later has those that were
 * kept. The key is all that is drawn, so that what was changed, refunded or erased since is another receipt.
 */
export function createKeptPdfs(monotonicMs: () => number): PdfQueue {
  const queue = createPdfQueue()
  const kept = createCache<Buffer>({ maxEntries: mostKept, staleMs: 0, monotonicMs })
  const once = createSingleFlight<Buffer>()
  return {
    async draw(shown) {
      const key = sha256Hex(JSON.stringify(shown))
      const found = kept.get(key)
      if (found) return found.value
      return once(key, async () => {
        const bytes = await queue.draw(shown)
        kept.put(key, bytes, keptForMs)
        return bytes
      })
    },
    end: () => queue.end(),
  }
}
