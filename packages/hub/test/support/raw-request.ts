import { request } from 'node:http'

export type RawAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly text: string
}

/** Sends the path and headers exactly as given: `fetch` would tidy both. */
export function rawRequest(
  port: number,
  method: string,
  path: string,
  how: { headers?: Readonly<Record<string, string | string[]>>; body?: string | Uint8Array } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, headers: how.headers ?? {}, agent: false })
    call.on('response', (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const body = Buffer.concat(chunks)
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, text: body.toString('utf8') })
      })
      answer.on('error', reject)
    })
    call.on('error', reject)
    call.end(how.body)
  })
}
