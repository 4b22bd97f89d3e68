import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type TestHub, testEnvironment } from './running-hub.ts'

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))

export type Said = { readonly code: number; readonly out: string; readonly err: string }

/** Runs `khqr-hub` with these words beside a running hub. */
export function commandLine(hub: TestHub, ...words: readonly string[]): Promise<Said> {
  const env = {
    ...testEnvironment(hub.dataDir, hub.running.config.databaseUrl ?? ''),
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...words], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    )
  })
}
