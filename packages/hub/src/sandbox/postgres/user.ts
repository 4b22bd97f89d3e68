import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

/** Whom PostgreSQL runs as where we are root, which it refuses. */
export type User = { readonly uid: number; readonly gid: number }

/** "nobody": needs no account to be made, and owns nothing else. */
const nobody: User = { uid: 65_534, gid: 65_534 }

/** Undefined: as ourselves. Where we are root: the owner of the first of `folders` that is there and not root's. */
export function postgresUser(folders: readonly string[]): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const folder of folders) {
    if (!existsSync(folder)) continue
    const { uid, gid } = statSync(folder)
    if (uid !== 0) return { uid, gid }
  }
  return nobody
}

/**
 * Whether `user` can pass into each folder and read each file. Asked of the system, as that user: modes of parents,
 * access lists and mounts all have a say.
 */
export function canUse(user: User, paths: readonly string[]): boolean {
  const script = 'for path; do test -r "$path" || exit 1; test ! -d "$path" || test -x "$path" || exit 1; done'
  return asUser(user, script, paths)
}

/** Whether `user` can pass through `folder`, though perhaps not list it. */
export function canPass(user: User, folder: string): boolean {
  return asUser(user, 'test -x "$1"', [folder])
}

function asUser(user: User, script: string, paths: readonly string[]): boolean {
  return (
    spawnSync('/bin/sh', ['-c', script, 'sh', ...paths], { ...user, cwd: '/', env: {}, stdio: 'ignore' }).status === 0
  )
}
