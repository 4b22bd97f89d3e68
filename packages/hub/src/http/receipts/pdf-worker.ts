import { parentPort } from 'node:worker_threads'
import { receiptPdf } from './pdf.ts'
import type { ShownReceipt } from './shown-receipt.ts'

/** The thread that `pdf-queue.ts` starts: one receipt in, its bytes or why there are none out, in this order. */
export type Drawn = { readonly bytes: Uint8Array } | { readonly error: unknown }

parentPort?.on('message', (shown: ShownReceipt) => {
  receiptPdf(shown).then(
    (bytes) => parentPort?.postMessage({ bytes } satisfies Drawn, []),
    (error: unknown) => parentPort?.postMessage({ error } satisfies Drawn, []),
  )
})
