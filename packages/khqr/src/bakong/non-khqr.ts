/** Tags and values of any EMV code; the value of a template is an object of its own. */
export type EmvTree = { [tag: string]: string | EmvTree }

/**
 * Reads the code of any EMV scheme as the official `decodeNonKhqr` does: 26 to 51, 62, 64 and 80 to 99 one level down,
 * 62.50 to 62.99 two. Reading stops at the first tag that is no number or length that does not fit.
 */
export function decodeNonKhqr(text: unknown): EmvTree {
  const tree: EmvTree = {}
  if (typeof text !== 'string') return tree
  for (const [tag, value] of fieldsOf(text))
    tree[tag] = isTemplate(tag) && value.length >= 6 ? branch(tag, value) : value
  return tree
}

function branch(template: string, text: string): EmvTree | string {
  const tree: EmvTree = {}
  for (const [tag, value] of fieldsOf(text)) {
    const inner = template === '62' && Number(tag) >= 50 ? Object.fromEntries(fieldsOf(value)) : {}
    tree[tag] = isBare(inner) ? value : inner
  }
  return isBare(tree) ? text : tree
}

function isBare(tree: EmvTree): boolean {
  return Object.keys(tree).length === 0
}

function isTemplate(tag: string): boolean {
  const number = Number(tag)
  return (number >= 26 && number <= 51) || tag === '62' || tag === '64' || number >= 80
}

function* fieldsOf(text: string): Generator<[tag: string, value: string]> {
  for (let position = 0; position < text.length; ) {
    const tag = text.slice(position, position + 2)
    const length = Number.parseInt(text.slice(position + 2, position + 4))
    const value = text.slice(position + 4, position + 4 + length)
    if (!/^[0-9]+$/.test(tag) || !(length >= 0) || value.length !== length) return
    yield [tag, value]
    position += 4 + length
  }
}
