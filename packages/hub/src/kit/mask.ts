const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** "Sok Dara" → "S*** D***". By grapheme, so that a Khmer cluster (consonant, subscript, vowel) stays one letter. */
export function maskName(name: string): string {
  return name
    .split(/[\s\u200b]+/u)
    .filter((word) => word !== '')
    .map((word) => `${firstGrapheme(word)}***`)
    .join(' ')
}

/** "012 345 678" → "***78". */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  return digits.length >= 6 ? `***${digits.slice(-2)}` : '***'
}

/** "dara@example.com" → "d***@***". */
export function maskEmail(email: string): string {
  return email.includes('@') ? `${firstGrapheme(email)}***@***` : '***'
}

/** "dara_sok@bank" → "d***@bank": which bank stays, who does not. "000123456" → "***56". */
export function maskAccount(account: string): string {
  const at = account.lastIndexOf('@')
  return at < 0 ? maskPhone(account) : `${firstGrapheme(account)}***${account.slice(at)}`
}

function firstGrapheme(text: string): string {
  for (const { segment } of graphemes.segment(text)) return segment
  return ''
}
