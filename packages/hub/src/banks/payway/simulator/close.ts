import { json, refused } from './answers.ts'
import { type Payway, signedRoute } from './gate.ts'
import type { Route } from './ports.ts'

/** `POST …/close-transaction`: codes can be scanned no more; a page that is open can still be paid, and no read tells of it. */
export function playClose(payway: Payway): Route[] {
  return signedRoute(payway, {
    operation: 'close',
    path: '/api/payment-gateway/v1/payments/close-transaction',
    style: 'number',
    strangerCode: '26',
    required: ['tran_id'],
    plays: ['closed-but-silent'],
    answer: ({ tran_id: tranId = '' }, { fault }) => {
      const entry = payway.book.entry(tranId)
      if (!entry) return refused('number', '5')
      if (entry.charges.some((charge) => charge.fate === 'booked')) {
        const message = 'This transaction has already been approved and cannot be cancelled.'
        return refused('number', '2', { message })
      }
      if (!entry.isClosed) payway.book.write({ k: 'close', tranId })
      if (fault?.kind === 'closed-but-silent') return 'hang-up'
      return json(200, { status: { code: '00', message: 'Success!', tran_id: tranId } })
    },
  })
}
