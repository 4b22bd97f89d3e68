/** Whether a Content-Type header says JSON (`application/json`, `application/…+json`), whatever its parameters. */
export function isJsonMediaType(contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  return /^application\/(?:[a-z0-9.-]+\+)?json$/.test(type)
}
