import { phpText } from './php-text.ts'
import type { RouteRequest } from './ports.ts'

/** The fields of a request as text, whatever form they came in. A JSON number is its own text: 4.50 is "4.5". */
export type Fields = Readonly<Record<string, string>>

/** Reads JSON, form-urlencoded and multipart bodies; undefined for any other, and for one that cannot be read. */
export function readFields({ headers, body }: Pick<RouteRequest, 'headers' | 'body'>): Fields | undefined {
  const type = String(headers['content-type'] ?? '')
  if (/^application\/json\b/i.test(type)) return readJson(body.toString('utf8'))
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    return Object.fromEntries(new URLSearchParams(body.toString('utf8')))
  }
  const boundary = /^multipart\/form-data\b.*;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type)
  return boundary ? readParts(body, boundary[1] ?? boundary[2] ?? '') : undefined
}

/** Whether a field came as a number of JSON, which has no zeros at its end. */
export function isJsonNumber({ body }: Pick<RouteRequest, 'body'>, name: string): boolean {
  try {
    return typeof (JSON.parse(body.toString('utf8')) as Record<string, unknown>)[name] === 'number'
  } catch {
    return false
  }
}

function readJson(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, phpText(one)]))
  } catch {
    return undefined
  }
}

/** Files are passed over: nothing here is signed or remembered of them. */
function readParts(body: Buffer, boundary: string): Fields | undefined {
  const fields: Record<string, string> = {}
  // One character for each byte, so that lengths and searches are those of the bytes.
  const parts = body.toString('latin1').split(`--${boundary}`)
  if (parts.length < 2 || parts.at(-1)?.trim() !== '--') return undefined
  for (const part of parts.slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n')
    if (at < 0) return undefined
    const head = Buffer.from(part.slice(0, at), 'latin1').toString('utf8')
    const name = /content-disposition:[^\r\n]*\bname="([^"]*)"/i.exec(head)?.[1]
    if (name === undefined) return undefined
    if (/;\s*filename=/i.test(head)) continue
    fields[name] = Buffer.from(part.slice(at + 4).replace(/\r\n$/, ''), 'latin1').toString('utf8')
  }
  return fields
}
