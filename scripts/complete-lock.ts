/**
 * Completes package-lock.json for platforms whose packages the registry at hand does not carry: npm leaves them out of the
 * lock, and `npm ci` then refuses it. Run after every change of dependencies.
 */
import { readFileSync, writeFileSync } from 'node:fs'

type Locked = {
  readonly version: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, object> }
const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']

let added = 0
for (const owner of Object.values(lock.packages) as Locked[]) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    const parts = name.split(/[-/]/)
    const os = parts.find((part) => systems.includes(part))
    if (os === undefined || Object.keys(lock.packages).some((key) => key.endsWith(path))) continue
    const cpu = parts[parts.indexOf(os) + 1]
    // Never installed here: the platform does not fit, so nothing is fetched for it.
    lock.packages[path] = {
      version,
      cpu: [cpu],
      ...(owner.dev ? { dev: true } : {}),
      ...(name.includes('musl') ? { libc: ['musl'] } : {}),
      optional: true,
      os: [os],
    }
    added += 1
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
console.log(`${added} entries added to package-lock.json`)
