import { ExactNumber, isJsonObject } from '../../kit/json.ts'
import type { JsonObject } from '../../kit/json.ts'

/** The values in the order of PHP's `ksort`: names by their bytes, whole numbers among them by their size. */
export function sortedByKey(fields: JsonObject): unknown[] {
  return Object.keys(fields)
    .toSorted(compareKeys)
    .map((name) => fields[name])
}

/** A value of a decoded message as PHP joins it to a text. Lists and objects are written by its `json_encode`. */
export function phpText(value: unknown): string {
  if (value === undefined || value === null || value === false) return ''
  if (value === true) return '1'
  if (typeof value === 'string') return value
  return typeof value === 'object' && !(value instanceof ExactNumber) ? phpJson(value) : phpNumber(value, 'E')
}

const wholeNumber = /^(0|-?[1-9]\d{0,17})$/

function compareKeys(left: string, right: string): number {
  if (wholeNumber.test(left) && wholeNumber.test(right)) return BigInt(left) < BigInt(right) ? -1 : 1
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** An object that holds nothing is an empty array there, and is written as one. */
function phpJson(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return phpJsonText(value)
  if (Array.isArray(value)) return `[${value.map(phpJson).join(',')}]`
  if (!isJsonObject(value)) return phpNumber(value, 'e')
  const fields = Object.entries(value).map(([name, field]) => `${phpJsonText(name)}:${phpJson(field)}`)
  return fields.length === 0 ? '[]' : `{${fields.join(',')}}`
}

function phpJsonText(text: string): string {
  return JSON.stringify(text)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Digits that PHP writes of a float: its setting `precision` for texts, and as many as it needs in JSON. */
const textPrecision = 14

/** Whole numbers of 64 bits stay as they are; all others are floats: 100.0 is "100", 1e25 is "1.0E+25". */
function phpNumber(value: unknown, exponent: 'E' | 'e'): string {
  const source = value instanceof ExactNumber ? value.source : String(value)
  if (wholeNumber.test(source) || (/^-?\d{19}$/.test(source) && BigInt.asIntN(64, BigInt(source)) === BigInt(source))) {
    return source
  }
  const float = exponent === 'E' ? Number(Number(source).toPrecision(textPrecision)) : Number(source)
  const size = Math.abs(float)
  if (size === 0 || (size >= 1e-4 && size < (exponent === 'E' ? 1e15 : 1e17))) return String(float)
  const [digits = '', power = ''] = float.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}${exponent}${power}`
}
