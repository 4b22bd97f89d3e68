/** A field of a form: name and value. */
export type FormField = readonly [name: string, value: string]

/** More fields than any bank sends. */
const mostFields = 200

/**
 * The fields of a form of either kind: `application/x-www-form-urlencoded`, or `multipart/form-data` with texts in it.
 * Undefined where the content type says neither, and for a multipart body that does not hold what it says.
 */
export function readFormFields(text: string, contentType: string | undefined): readonly FormField[] | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return [...new URLSearchParams(text)].slice(0, mostFields)
  if (type !== 'multipart/form-data') return undefined
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '') ?? []
  const boundary = quoted ?? bare
  return boundary === undefined ? undefined : readParts(text, boundary)
}

/** A `multipart/form-data` body and its content type. `boundary` must stand in no value. */
export function writeMultipart(
  fields: readonly FormField[],
  boundary: string,
): { readonly contentType: string; readonly body: string } {
  if (fields.some(([name, value]) => value.includes(boundary) || /["\r\n]/.test(name))) {
    throw new Error('a field of the form holds its boundary, or has a name that cannot be written')
  }
  const parts = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: `${parts.join('')}--${boundary}--\r\n` }
}

function readParts(text: string, boundary: string): FormField[] | undefined {
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`)
  if (parts.length < 2 || parts.length > mostFields + 2 || parts.at(-1)?.startsWith('--') !== true) return undefined
  const fields: FormField[] = []
  for (const part of parts.slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n')
    const [, name] = /^content-disposition:[^\r\n]*\bname="([^"]*)"/im.exec(part.slice(0, Math.max(end, 0))) ?? []
    if (end < 0 || name === undefined) return undefined
    fields.push([name, part.slice(end + 4)])
  }
  return fields
}
