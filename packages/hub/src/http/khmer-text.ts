/** The digits a customer reads: those of the rest of the world, or Khmer ones. */
export type Digits = 'latn' | 'km'

const khmerZero = 0x17e0

/** Amounts and times in the digits that the customer chose. Numbers that are names (of a bill, a payment) stay as they are. */
export function inDigits(text: string, digits: Digits): string {
  if (digits === 'latn') return text
  return text.replace(/\d/g, (digit) => String.fromCodePoint(khmerZero + Number(digit)))
}

const words = new Intl.Segmenter('km', { granularity: 'word' })
/** Khmer letters and signs in a row: without spaces between words, a line cannot be broken there. */
const runs = /[\u1780-\u17d3\u17d7]{6,}/g
/** Words that the segmenter of Node takes apart, or joins with the end of the word before. */
const wholeWords = /(រហូតដល់|បង្កើត|មិនមែន|ភ្លាមៗ|រក្សាទុក)/
const known = new Map<string, string>()
const mostKnown = 5_000

/**
 * Khmer is written without spaces between words. Where a browser has no dictionary of it, a line would break within a word
 * or not at all: an invisible space (U+200B) says where words end.
 */
export function withWordBreaks(text: string): string {
  return text.replace(runs, (run) => {
    const before = known.get(run)
    if (before !== undefined) return before
    const broken = run.split(wholeWords).flatMap(wordsIn).join('\u200b')
    if (known.size < mostKnown) known.set(run, broken)
    return broken
  })
}

function wordsIn(part: string): string[] {
  if (wholeWords.test(part)) return [part]
  return [...words.segment(part)].map(({ segment }) => segment)
}
