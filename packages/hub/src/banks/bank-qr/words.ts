/** A status word as it is compared: banks change its case, and pad it. */
export function comparable(word: string): string {
  return word.trim().toUpperCase()
}

export function isOneOf(word: string, words: readonly string[]): boolean {
  return words.some((one) => comparable(one) === comparable(word))
}
