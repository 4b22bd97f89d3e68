/** A JSON number that is not a plainly written safe integer, kept as its text so that no digit passes through binary arithmetic. */
export class ExactNumber {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
  toJSON(): unknown {
    return rawJson(this.source)
  }
}

/** A decimal written into JSON digit by digit: `writeJson({amount: new ExactDecimal('150.00')})` is `{"amount":150.00}`. */
export class ExactDecimal {
  readonly text: string
  constructor(text: string) {
    if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) throw new Error(`"${text}" is not a plain decimal such as 150.00`)
    this.text = text
  }
  toJSON(): unknown {
    return rawJson(this.text)
  }
}

/** Thrown by `parseExactJson`; the message is one sentence for whoever sent the text, and never repeats the text. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
}

/** TypeScript's library does not know `JSON.rawJSON` yet; the pinned Node has it. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown }

export type JsonObject = { readonly [key: string]: unknown }

/** Nesting deeper than this is nobody's payment message. */
const deepestNesting = 32
/** The longest plain text that an exponent is written out to: longer than any amount. */
const longestDecimal = 40

/**
 * Like `JSON.parse`, except that numbers other than plainly written safe integers come back as `ExactNumber`, and that
 * nesting deeper than 32 is refused. Of two equal keys the last one counts, as in `JSON.parse`. Throws `JsonError`.
 */
export function parseExactJson(text: string): unknown {
  refuseDeepNesting(text)
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
      if (typeof value !== 'number') return value
      const source = context?.source ?? String(value)
      return /^(0|-?[1-9]\d*)$/.test(source) && Number.isSafeInteger(value) ? value : new ExactNumber(source)
    })
  } catch (error) {
    throw new JsonError('is not valid JSON', { cause: error })
  }
}

/** Writes JSON; `ExactDecimal` and `ExactNumber` values keep their digits. A bigint throws: say how it is to be written. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value)
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}

/** What stands at a dotted path such as `data.payments.0.amount`; undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => {
    if (typeof at !== 'object' || at === null || at instanceof ExactNumber) return undefined
    return Object.hasOwn(at, name) ? (at as JsonObject)[name] : undefined
  }, value)
}

/**
 * The decimal text of an amount read from JSON: strings as they are, safe integers, and exact numbers, whose exponents
 * are written out (a Java server writes ten million as `1.0E7`). Undefined for anything else, a binary fraction included.
 */
export function decimalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  return value instanceof ExactNumber ? writeOutExponent(value.source) : undefined
}

function writeOutExponent(source: string): string {
  const parts = source.length <= longestDecimal ? /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,3})$/.exec(source) : null
  if (!parts) return source
  const [, sign = '', whole = '', fraction = '', exponentText = ''] = parts
  const point = whole.length + Number(exponentText)
  const digits = whole + fraction
  if (Math.abs(point) + digits.length > longestDecimal) return source
  const padded = digits.padStart(digits.length + Math.max(0, 1 - point), '0').padEnd(Math.max(point, 1), '0')
  const split = Math.max(point, 1)
  const left = padded.slice(0, split).replace(/^0+(?=\d)/, '')
  return sign + left + (padded.length > split ? `.${padded.slice(split)}` : '')
}

function refuseDeepNesting(text: string): void {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === backslash) i += 1
      else if (code === quote) inString = false
    } else if (code === quote) inString = true
    else if (code === openBrace || code === openBracket) {
      depth += 1
      if (depth > deepestNesting) throw new JsonError(`is nested deeper than ${deepestNesting} levels`)
    } else if (code === closeBrace || code === closeBracket) depth -= 1
  }
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
