import { type FileHandle, open, readFile } from 'node:fs/promises'

export type FileRecord = Readonly<Record<string, unknown>>

export type RecordFile = {
  /** Adds a line. Nothing that rests on it may be answered before `durable()`. */
  append(record: FileRecord): void
  /** Adds a line whose loss in a crash does no harm, so that nobody waits for it. */
  note(record: FileRecord): void
  /** Resolves when all appended so far is on disk; rejects once the disk has failed. */
  durable(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens an append-only file of JSON lines and hands every kept line to `recall`. A last line that a crash tore is cut
 * off: it was never answered. Lines appended while one fsync runs share the next (group commit).
 */
export async function openRecordFile(path: string, recall: (record: FileRecord) => void): Promise<RecordFile> {
  const handle = await open(path, 'a+', 0o600)
  try {
    await replay(handle, path, recall)
  } catch (cause) {
    await handle.close()
    throw cause
  }
  return writerOf(handle)
}

async function replay(handle: FileHandle, path: string, recall: (record: FileRecord) => void): Promise<void> {
  const bytes = await readFile(path)
  const whole = bytes.lastIndexOf(0x0a) + 1
  if (whole < bytes.length) {
    await handle.truncate(whole)
    await handle.datasync()
  }
  const lines = bytes.subarray(0, whole).toString('utf8').split('\n')
  lines.forEach((line, at) => {
    if (line === '') return
    try {
      recall(JSON.parse(line) as FileRecord)
    } catch (cause) {
      throw new Error(`Line ${at + 1} of ${path} cannot be read. Mend it, or move the file away to begin anew.`, {
        cause,
      })
    }
  })
}

function writerOf(handle: FileHandle): RecordFile {
  let queue: string[] = []
  let queued = 0
  let needed = 0
  let flushed = 0
  let failure: unknown
  let running: Promise<void> | undefined
  let waiters: { upTo: number; resolve: () => void; reject: (reason: unknown) => void }[] = []

  function push(record: FileRecord): void {
    // After a failed write the file's end is unknown: nothing more is added, and every answer is refused.
    if (failure !== undefined) return
    queue.push(`${JSON.stringify(record)}\n`)
    queued++
    running ??= flush()
  }

  async function flush(): Promise<void> {
    // Lets everything of this turn of the event loop join the first write.
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    try {
      while (queue.length > 0) {
        const batch = queue.join('')
        const upTo = queued
        queue = []
        await handle.appendFile(batch)
        await handle.datasync()
        flushed = upTo
        settle((waiter) => waiter.upTo <= flushed)
      }
    } catch (reason) {
      failure = reason
      settle(() => true)
    }
    running = undefined
  }

  function settle(isDone: (waiter: { upTo: number }) => boolean): void {
    const done = waiters.filter(isDone)
    waiters = waiters.filter((waiter) => !done.includes(waiter))
    for (const waiter of done) {
      if (failure === undefined) waiter.resolve()
      else waiter.reject(failure)
    }
  }

  return {
    append(record) {
      push(record)
      needed = queued
    },
    note: push,
    durable() {
      if (failure !== undefined) return Promise.reject(failure as Error)
      if (flushed >= needed) return Promise.resolve()
      return new Promise((resolve, reject) => {
        waiters.push({ upTo: needed, resolve, reject })
      })
    },
    async close() {
      await running
      await handle.close()
    },
  }
}
