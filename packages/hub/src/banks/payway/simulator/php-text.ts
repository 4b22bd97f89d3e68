/** A value as PHP makes it text when it is joined to others; null and false are nothing, a list is its JSON. */
export function phpText(value: unknown): string {
  if (value === null || value === undefined || value === false) return ''
  if (value === true) return '1'
  return typeof value === 'object' ? phpJson(value) : String(value)
}

/** As PHP's `json_encode`: slashes and everything beyond ASCII are escaped. */
function phpJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
