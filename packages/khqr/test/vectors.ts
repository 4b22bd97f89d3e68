import { readFileSync } from 'node:fs'

/** One line of fixtures/khqr-vectors.jsonl: what bakong-khqr 1.0.20 answers when the clock stands at `now`. */
export type Vector = {
  readonly id: string
  readonly kind: 'encode' | 'decode' | 'verify'
  readonly group: string
  readonly now: number
  readonly input: VectorInput
  readonly output?: Record<string, unknown>
  readonly error?: { readonly code: number | null; readonly message: string }
  readonly reason?: { readonly code: number; readonly message: string }
  /** Set where the official SDK hangs or is lax: its answer is not to be copied. */
  readonly quirk?: string
}

export type VectorInput = {
  readonly qr: string
  readonly type: 'individual' | 'merchant'
  readonly bakongAccountID: string
  readonly merchantName: string
  readonly merchantCity: string
  readonly merchantID: string
  readonly acquiringBank: string
  readonly optional?: Record<string, string | number>
}

export const vectors: readonly Vector[] = readFileSync(
  new URL('../fixtures/khqr-vectors.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector)

/** Every code that occurs in the vectors, good and bad. */
export const codes: readonly string[] = vectors.flatMap(({ input, output }) =>
  [input.qr, output?.['qr']].filter((qr): qr is string => typeof qr === 'string'),
)
