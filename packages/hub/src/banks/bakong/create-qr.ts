import { KhqrError } from '@khqr-hub/khqr'
import type { CallContext } from '../../kit/call.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { QrAnswer, QrOrder } from '../bank.ts'
import { trouble } from './api.ts'
import type { Parts } from './api.ts'
import { makeDeeplink } from './deeplink.ts'
import { writeCode } from './write-code.ts'

/** A payer waits for the code no longer than this because of its link. */
const linkDeadlineMs = 1_500

/** Writes the code here, with our reference as its bill number; Bakong is asked for a link only, and may fail to give one. */
export async function createQr(parts: Parts, order: QrOrder, context: CallContext): Promise<QrAnswer> {
  const qrString = write(parts, order)
  const code = { qrString, bankReference: undefined }
  if (!parts.settings.deeplinks) return { ...code, deeplink: undefined, exchanges: [] }
  const { deadlineMs = linkDeadlineMs } = context
  const deadline = parts.guard.startDeadline({ ...context, deadlineMs: Math.min(deadlineMs, linkDeadlineMs) })
  try {
    const { link, exchange } = await makeDeeplink(parts, { qrString }, context, deadline)
    return { ...code, deeplink: link, exchanges: [exchange] }
  } catch (error) {
    // The code is what is paid. Its link is a convenience: the call's own log line and metric say that it failed.
    if (!(error instanceof Trouble)) throw error
    return { ...code, deeplink: undefined, exchanges: error.exchange ? [error.exchange] : [] }
  }
}

function write(parts: Parts, { account, amount, reference, expiresAt }: QrOrder): string {
  const { settings, clock } = parts
  try {
    const { qr } = writeCode({
      account: { ...account, currency: amount.currency },
      merchant: settings.merchant,
      amountMinor: amount.amountMinor,
      billNumber: reference,
      createdAt: clock.now(),
      expiresAt,
    })
    return qr
  } catch (error) {
    if (!(error instanceof KhqrError)) throw error
    throw trouble(parts, 'create-qr', 'error_answer', `the code cannot be written: ${error.message}`)
  }
}
