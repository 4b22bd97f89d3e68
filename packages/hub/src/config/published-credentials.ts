import type { Config } from '../config.ts'
import { sha256Hex } from '../kit/crypto.ts'
import { WrongSetting } from './setting-table.ts'

/** SHA-256 of sample credentials and addresses that were published in bank documents: anybody may know them. */
const published: ReadonlySet<string> = new Set([
  'dba5cbb37a0f0eff215de46b568f6fbc2d67fc4202f85103589722c047bd3daf',
  '1b960cc38d6433d8bc33b585e5ef2f9ff57ede2d83e73a4451e68e492d7b1d39',
  '0a9c39259cfef076913a06370fe2729e515018fec7642f866667df9b1f26b367',
  'a048310b4e5eede6d2723b0d11322c9ef92ffb6221067d16d2046e36f94725c4',
])

/** What the sandbox makes for itself begins so, and is worth nothing in live mode. */
const sandboxPrefix = 'sandbox-'

/**
 * Throws `WrongSetting` for the first configured value that was published, or that is a sandbox's own in live mode. The
 * value is named by its path and never printed.
 */
export function refusePublishedCredentials(config: Config, known: ReadonlySet<string> = published): void {
  const { databaseUrl, tokens, banks, policySystems } = config
  for (const [path, value] of texts(
    { database: { url: databaseUrl }, tokens: { secret: tokens.secret }, banks, policySystems },
    '',
  )) {
    if (wordsOf(value).some((word) => known.has(sha256Hex(word)))) {
      throw new WrongSetting(
        `${path} is a value that was published in a bank's document. Have the bank give you another one.`,
      )
    }
    if (config.mode === 'live' && value.startsWith(sandboxPrefix)) {
      throw new WrongSetting(`${path} is a sandbox's own secret, and live mode does not start with it. Set a real one.`)
    }
  }
}

/** The value itself, and what stands in it: an address holds a host, a URL holds credentials. */
function wordsOf(value: string): string[] {
  const parts = value.match(/[A-Za-z0-9+/=@._-]{8,}/g) ?? []
  const url = URL.canParse(value) ? new URL(value) : undefined
  return [value, ...parts, ...(url ? [url.origin, url.host, url.hostname, url.password] : [])]
}

function* texts(value: unknown, path: string): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [path, value]
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* texts(inner, path === '' ? key : `${path}.${key}`)
  }
}
