import { existsSync, readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { settingTable, WrongSetting } from './setting-table.ts'

export function fromFile(file: unknown, path: string): string | undefined {
  const value = path.split('.').reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), file)
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new WrongSetting(`${path} in the configuration file must be a plain value`)
}

export function readFile(path: string): Readonly<Record<string, unknown>> {
  if (!existsSync(path)) throw new WrongSetting(`--config names ${path}, which does not exist`)
  const parsed: unknown = parseYaml(readFileSync(path, 'utf8'))
  if (parsed === null) return {}
  if (!isMap(parsed)) throw new WrongSetting(`${path} must be a YAML map of settings`)
  return parsed
}

/** A misspelt setting must not be a default silently used. */
export function refuseUnknown(file: Readonly<Record<string, unknown>>): void {
  const known = new Set<string>(settingTable.map((setting) => setting.path))
  const walk = (value: unknown, path: string): void => {
    if (path === 'banks' || path === 'policySystems') return
    if (known.has(path)) return
    if (isMap(value))
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`)
    else throw new WrongSetting(`The configuration file sets ${path}, which is no setting. See docs/configuration.md`)
  }
  walk(file, '')
}

export function mapAt(file: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = file[key]
  if (value === undefined || value === null) return {}
  if (!isMap(value)) throw new WrongSetting(`${key} in the configuration file must be a map`)
  return value
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
