import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the bare server answers to everything. */
export type BareAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

// The yardstick of (b), a process of its own: `node:http` and nothing else. It is sent one answer and says its port.
process.once('message', (answer: BareAnswer) => {
  const server = createServer((_request, response) => {
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
})
process.once('disconnect', () => process.exit())
