import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const mostTries = 20

/**
 * A port at `host` that nobody listens at now, and hardly anybody will until the caller does: below those that systems give
 * to outgoing connections (from 32768 on Linux, from 49152 elsewhere), none of `taken`, and any rather than the next one.
 * Throws what listening at the last one tried threw.
 */
export async function freePort(host: string, taken: readonly number[] = []): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(20_000, 32_768)
    if (taken.includes(port)) continue
    try {
      await listenAndClose(host, port)
      return port
    } catch (error) {
      if (tries >= mostTries) throw error
    }
  }
}

async function listenAndClose(host: string, port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, resolve)
  })
  await new Promise((resolve) => server.close(resolve))
}
