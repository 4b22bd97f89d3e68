import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a file of the benchmark as a process of its own; it ends with its channel. */
export function startProcess(file: string): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: ['--disable-warning=ExperimentalWarning'] })
}

/** Sends one message and waits for the one that answers it; fails if the process ends first. */
export async function ask<Reply>(child: ChildProcess, message: object): Promise<Reply> {
  const done = new AbortController()
  try {
    child.send(message)
    const reply = once(child, 'message', done).then(([value]) => value as Reply)
    const gone = once(child, 'exit', done).then(([code]) => {
      throw new Error(`${child.spawnargs.at(-1)} ended (${code}) before it answered`)
    })
    return await Promise.race([reply, gone])
  } finally {
    done.abort()
  }
}

/** Milliseconds of a clock that all processes of a machine share and that never jumps. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
