import { readSealingKey } from '../kit/seal.ts'
import { type Currency, parseAmount } from '../money/money.ts'

/** One setting: how it is named, read, and explained. `docs/configuration.md` is generated from this table. */
export type Setting = {
  /** Path in the YAML file. */
  readonly path: string
  /** Environment variable; wins over the file. Every one is also read from the file named in `{NAME}_FILE`. */
  readonly env: string
  readonly sentence: string
  readonly unit: string
  readonly example: string
  readonly fallback: string | undefined
  readonly secret: boolean
  /** What is wrong with a value, in words; undefined when it is right. */
  readonly wrong: (text: string) => string | undefined
}

export function plain<Path extends string>(
  path: Path,
  env: string,
  sentence: string,
  unit: string,
  example: string,
  fallback: string,
  wrong: Setting['wrong'],
) {
  return { path, env, sentence, unit, example, fallback, wrong, secret: false } as const
}

export function secret<Path extends string>(
  path: Path,
  env: string,
  sentence: string,
  unit: string,
  example: string,
  wrong: Setting['wrong'],
) {
  return { path, env, sentence, unit, example, fallback: undefined, wrong, secret: true } as const
}

export function oneOf(...words: readonly string[]): Setting['wrong'] {
  return (text) => (words.includes(text) ? undefined : `must be one of ${words.join(', ')}`)
}

export function number(what: string, least: number, most: number): Setting['wrong'] {
  return (text) => {
    const isInRange = /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most
    return isInRange ? undefined : `must be ${what} from ${least} to ${most}`
  }
}

export function amountOf(currency: Currency): Setting['wrong'] {
  return (text) => {
    try {
      return parseAmount(text, currency) >= 0n ? undefined : 'must not be negative'
    } catch {
      return `must be an amount of ${currency} such as ${currency === 'USD' ? '100.00' : '400000'}`
    }
  }
}

export function anyText(text: string): string | undefined {
  return text.length <= 4_096 ? undefined : 'must be at most 4,096 characters'
}

export function databaseUrl(text: string): string | undefined {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
    ? undefined
    : 'must be a URL such as postgresql://user@host/database'
}

export function longSecret(text: string): string | undefined {
  return Buffer.byteLength(text) >= 32 ? undefined : 'must be at least 32 bytes long'
}

/** Of 32 random bytes fewer than this many are different once in more starts than there will be. */
const differentBytes = 16

export function sealingKey(text: string): string | undefined {
  const key = readSealingKey(text)
  if (!key) return 'must be 32 bytes as base64 or as 64 hex digits'
  return new Set(key).size < differentBytes ? 'must be random, and repeats itself' : undefined
}

export function sealingKeys(text: string): string | undefined {
  return listOf(text).every((one) => readSealingKey(one))
    ? undefined
    : 'must be keys of 32 bytes as base64 or as 64 hex digits, with commas between'
}

/** What stands between the commas. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

export function originOrNothing(text: string): string | undefined {
  const isOrigin = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text
  return text === '' || isOrigin ? undefined : 'must be an origin such as https://pay.example, without a path'
}

export function keyOrNothing(text: string): string | undefined {
  return /^[A-Za-z0-9._@-]{0,64}$/.test(text) ? undefined : 'must be at most 64 letters, digits, dots, @, - or _'
}

export function webAddress(text: string): string | undefined {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
    ? undefined
    : 'must be an address that begins with https://'
}

export function bankAccount(text: string): string | undefined {
  return /^[^\s@]{1,50}@[^\s@]{1,13}$/.test(text) ? undefined : 'must be an account such as example_shop@bank'
}

export function callbackPart(text: string): string | undefined {
  return /^[A-Za-z0-9_-]{20,100}$/.test(text) ? undefined : 'must be 20 to 100 letters, digits, - or _'
}
