import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A line to a hub that can be cut: what was open ends at once, and nothing gets through until it is mended. */
export type CuttableLine = {
  readonly port: number
  cut(): void
  mend(): void
}

export async function openLine(t: TestContext, hubPort: number): Promise<CuttableLine> {
  const sockets = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
  }
  const server = createServer((near) => {
    keep(near)
    if (isCut) return near.destroy()
    const far = connect(hubPort, '127.0.0.1')
    keep(far)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far).pipe(near)
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => {
    server.close()
    hangUp()
  })
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true
      hangUp()
    },
    mend() {
      isCut = false
    },
  }
}
