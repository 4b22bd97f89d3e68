import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Until } from './database.ts'

/** A mail server on a free loopback port that keeps what it took: as much of SMTP (RFC 5321) as a client needs. */
export type MailServer = {
  /** smtp://127.0.0.1:… */
  readonly url: string
  /** Each with its headers, its text decoded. */
  readonly received: string[]
  /** While true, every message is refused for now (451). */
  refuse: boolean
}

export async function startMailServer(t: Until): Promise<MailServer> {
  const sockets = new Set<Socket>()
  const received: string[] = []
  const state = { refuse: false }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    serve(socket, () => state.refuse, received)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return Object.defineProperty({ url: `smtp://127.0.0.1:${port}`, received, refuse: false }, 'refuse', {
    get: () => state.refuse,
    set: (refuse: boolean) => {
      state.refuse = refuse
    },
  })
}

function serve(socket: Socket, refuses: () => boolean, received: string[]): void {
  let pending = ''
  let isData = false
  const say = (line: string) => socket.write(`${line}\r\n`)
  say('220 sample.test ESMTP')
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('utf8')
    for (;;) {
      const end = pending.indexOf(isData ? '\r\n.\r\n' : '\r\n')
      if (end < 0) return
      const text = pending.slice(0, end)
      pending = pending.slice(end + (isData ? 5 : 2))
      if (isData) {
        isData = false
        received.push(readable(text))
        say('250 taken')
      } else {
        isData = answer(text, refuses(), say)
        if (/^QUIT/i.test(text)) socket.end()
      }
    }
  })
}

/** Whether the message itself comes next. */
function answer(line: string, refuses: boolean, say: (line: string) => void): boolean {
  if (/^DATA/i.test(line)) {
    say(refuses ? '451 not now' : '354 go on')
    return !refuses
  }
  say(/^QUIT/i.test(line) ? '221 bye' : '250 well')
  return false
}

function readable(text: string): string {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const body = rest.join('\n\n')
  const isBase64 = /^Content-Transfer-Encoding: base64/im.test(head)
  const plain = isBase64 ? Buffer.from(body, 'base64').toString('utf8') : fromQuotedPrintable(body)
  return `${head.replaceAll('\r\n', '\n')}\n\n${plain}`
}

function fromQuotedPrintable(body: string): string {
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll('\r\n', '\n')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
