import type { Answer } from './ports.ts'

/** The API's error codes with its own words, where public clients show them. */
export const errorWords: Readonly<Record<number, string>> = {
  1: 'Transaction could not be found. Please check and try again.',
  2: 'System does not support static QR code.',
  3: 'Transaction failed.',
  4: 'Error occurred on requesting deeplink from provider.',
  5: 'Missing required fields.',
  6: 'Unauthorized, not yet requested for token or code invalid',
  7: 'Email server is down.',
  8: 'Email has already been registered.',
  9: 'Cannot connect to server. Please try again later.',
  10: 'Not registered yet.',
  11: 'Account ID not found',
  12: 'Account ID is invalid',
}

export function succeeded(responseMessage: string, data: unknown): Answer {
  return json(200, { responseCode: 0, responseMessage, errorCode: null, data })
}

/** Most refusals come with HTTP 200. A code that is in no document has words that say nothing. */
export function refused(errorCode: number, words = errorWords[errorCode] ?? 'Request failed.', status = 200): Answer {
  return json(status, { responseCode: 1, responseMessage: words, errorCode, data: null })
}

/** `perDay`: the allowance that the words name. */
export function quotaExceeded(perDay: number): Answer {
  return refused(17, `Daily request limit of ${perDay} exceeded. Please try again tomorrow.`)
}

/** What the web server before the API says: a page, not the envelope. */
export function serverPage(status: number, title: string): Answer {
  const heading = `${status} ${title}`
  const page = `<html>\r\n<head><title>${heading}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  return { status, contentType: 'text/html', body: page }
}

/** An answer of the right type that nobody can read. */
export const unreadable: Answer = {
  status: 200,
  contentType: 'application/json',
  body: '{"responseCode":0,"da\u0000\ufffd',
}

function json(status: number, body: unknown): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) }
}
