import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** What a hub logged that no fault explains, and how often. */
export async function readUnexpected(logFiles: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const file of logFiles) {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const said = unexpectedIn(line)
      if (said !== undefined) counts.set(said, (counts.get(said) ?? 0) + 1)
    }
  }
  return counts
}

/** What PostgreSQL or its driver says while it is killed, restarted, cut off, locked or full. */
const explained =
  /recovery mode|not yet accepting|starting up|shutting down|terminat|ECONN|EPIPE|ENOENT|timeout|timed out|No space left|too many clients|socket hang up|Client has encountered/i

function unexpectedIn(line: string): string | undefined {
  if (/^(Uncaught|\w*Error:|node:events)|Unhandled/.test(line)) return line.slice(0, 200)
  if (!/"event":"(request|job)\.failed"/.test(line)) return undefined
  const { event, job, path, err } = JSON.parse(line) as {
    readonly event: string
    readonly job?: string
    readonly path?: string
    readonly err?: { readonly message?: string }
  }
  const message = err?.message ?? ''
  // A request that failed is answered with 500: whatever the database did, that is not the answer.
  if (event === 'job.failed' && explained.test(message)) return undefined
  return `${event} ${job ?? path}: ${message.slice(0, 160)}`
}
