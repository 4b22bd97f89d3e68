import type { Answer } from '../../support/running-hub.ts'

/** Undefined where no answer came: the other side was killed, or a connection was cut. */
export async function tried(asking: Promise<Answer>, withinMs = 20_000): Promise<Answer | undefined> {
  const timer = Promise.withResolvers<undefined>()
  const running = setTimeout(() => timer.resolve(undefined), withinMs)
  try {
    return await Promise.race([asking.catch(() => undefined), timer.promise])
  } finally {
    clearTimeout(running)
  }
}
