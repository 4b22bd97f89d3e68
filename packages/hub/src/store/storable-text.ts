// PostgreSQL's text has no NUL character, and its jsonb no half of a surrogate pair. What banks and policy systems send
// may hold either, and so may a text that was cut in the middle of an emoji. Refusing it would lose a message, or leave
// the payment it is about unsettled for ever; the bytes as they came are kept in the inbox beside it.

/** The text with U+FFFD where it holds what PostgreSQL cannot. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

/** JSON for a parameter of type jsonb, its texts storable. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value)
  // Looked for where `JSON.stringify` escapes them, because walking every text of every write would be paid by all.
  if (!/\\u(?:0000|d[89a-f][\da-f]{2})/.test(json)) return json
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? storableText(inner) : inner))
}

/** A parameter of a statement as it may be sent: a text, or a list of texts, is made storable. */
export function storableParameter(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  return Array.isArray(value) ? value.map(storableParameter) : value
}
