import { connect, type Socket } from 'node:net'

export type Answer = { readonly status: number; readonly head: string; readonly body: Buffer }

export type Request = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** Sent as it is, as JSON. */
  readonly body?: string
}

/** The bytes of one HTTP/1.1 request to this machine. */
export function requestBytes(request: Request): Buffer {
  const body = request.body ?? (request.json === undefined ? '' : JSON.stringify(request.json))
  const headers = {
    host: '127.0.0.1',
    ...request.headers,
    ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(`${request.method} ${request.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}

const endOfHead = Buffer.from('\r\n\r\n')

/**
 * One keep-alive connection with one request on its way at a time. On a plain socket, because on a machine with two cores
 * whatever a general client spends is missing where the hub is measured. Reads answers with a Content-Length only.
 */
export class HttpConnection {
  readonly #socket: Socket
  #read: Buffer = Buffer.alloc(0)
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new HttpConnection(socket)
  }

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the connection was closed before the answer was whole')))
  }

  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting) throw new Error('one request is on its way already')
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#read = this.#read.byteLength === 0 ? chunk : Buffer.concat([this.#read, chunk])
    const headEnd = this.#read.indexOf(endOfHead)
    if (headEnd < 0) return
    const head = this.#read.toString('latin1', 0, headEnd)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined) return this.#fail(new Error(`an answer without Content-Length: ${head.slice(0, 100)}`))
    const end = headEnd + endOfHead.byteLength + Number(length)
    if (this.#read.byteLength < end) return
    const body = this.#read.subarray(headEnd + endOfHead.byteLength, end)
    this.#read = this.#read.subarray(end)
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status: Number(head.slice(9, 12)), head, body })
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}

/** Does `act` for every item, `width` at a time, each worker with a connection of its own; results in the items' order. */
export async function overConnections<Item, Result>(
  port: number,
  width: number,
  items: readonly Item[],
  act: (connection: HttpConnection, item: Item) => Promise<Result>,
): Promise<Result[]> {
  const connections = await Promise.all(Array.from({ length: width }, () => HttpConnection.open(port)))
  const results: Result[] = []
  const queue = items.entries()
  const work = async (connection: HttpConnection) => {
    for (const [index, item] of queue) results[index] = await act(connection, item)
  }
  try {
    await Promise.all(connections.map(work))
    return results
  } finally {
    for (const connection of connections) connection.close()
  }
}

/** The parsed body of a 2xx answer; anything else throws with what was answered. */
export function jsonOf<Body>(answer: Answer, what: string): Body {
  const text = answer.body.toString('utf8')
  if (answer.status < 200 || answer.status > 299)
    throw new Error(`${what}: HTTP ${answer.status}: ${text.slice(0, 400)}`)
  return JSON.parse(text) as Body
}
