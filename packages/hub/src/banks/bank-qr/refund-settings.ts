import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { Capabilities } from '../bank.ts'
import { choice, closed, switchOf, text, words } from '../schema-parts.ts'

/** The settings `banks.{CODE}.refund`. */
export const refundSchema = Type.Object(
  {
    path: Type.Optional(
      text('Path of the refund calls under `base_url`. Left out: this bank refunds nothing by machine.', '/refunds'),
    ),
    mode: choice(['full', 'partial'], 'full', 'Whether it refunds a payment as a whole only, or also in parts.'),
    'window-days': Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3_650,
        description: 'Days after a payment in which it refunds. Left out: it names no end.',
        examples: [30],
      }),
    ),
    idempotent: switchOf(false, 'Whether it promises that the same `refundId`, sent twice, refunds once.'),
    'success-words': words(['REFUNDED'], 'Status words that mean the money is on its way back.'),
    'pending-words': words(['PENDING'], 'Status words that mean accepted and not done yet.'),
    'refused-words': words(
      ['REJECTED'],
      'Status words, also of an error answer, that mean certainly not refunded, now or later.',
    ),
  },
  { ...closed, default: {} },
)

type Read = Static<typeof refundSchema>

export type RefundSettings = {
  readonly url: string
  readonly words: Pick<Read, 'success-words' | 'pending-words' | 'refused-words'>
}

/** Undefined where this bank refunds nothing by machine. `base`: where the bank's API begins. */
export function readRefundSettings(read: Read, base: string): RefundSettings | undefined {
  return read.path === undefined ? undefined : { url: base + read.path, words: read }
}

export function refundCapabilities(
  read: Read,
): Pick<Capabilities, 'refund' | 'refundWindowDays' | 'refundIsIdempotent' | 'readsRefunds'> {
  if (read.path === undefined) {
    return { refund: 'never', refundWindowDays: undefined, refundIsIdempotent: false, readsRefunds: false }
  }
  return {
    refund: read.mode,
    refundWindowDays: read['window-days'],
    refundIsIdempotent: read.idempotent,
    readsRefunds: true,
  }
}
