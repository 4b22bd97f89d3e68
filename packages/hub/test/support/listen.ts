import { get, type IncomingMessage } from 'node:http'
import type { TestContext } from 'node:test'

/** One event of a stream. `data` is its JSON. */
export type Heard = { readonly id: string; readonly event: string; readonly data: Readonly<Record<string, unknown>> }

export type Listening = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly heard: readonly Heard[]
  readonly isEnded: () => boolean
  close(): void
}

/** Opens a stream of events as a page does, until the test ends. */
export async function listen(
  t: TestContext,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Listening> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false }, resolve).once('error', reject)
  })
  const heard: Heard[] = []
  let text = ''
  answer.setEncoding('utf8')
  answer.on('error', () => {})
  answer.on('data', (chunk: string) => {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const [id, event, data] = [field('id'), field('event'), field('data')]
      if (id !== undefined && event !== undefined && data !== undefined)
        heard.push({ id, event, data: JSON.parse(data) })
    }
  })
  t.after(() => answer.destroy())
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    heard,
    isEnded: () => answer.readableEnded || answer.destroyed,
    close: () => void answer.destroy(),
  }
}
