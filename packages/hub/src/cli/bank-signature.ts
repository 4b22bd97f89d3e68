import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { readSignKey } from '../config.ts'
import { timingSafeEqualText } from '../kit/crypto.ts'
import { signatureCandidates, type SignatureProfile, signFields } from '../kit/sign.ts'
import { UsageError } from './usage-error.ts'

type Options = { field: string[]; hash?: string; sample?: string; json?: true }
type Field = readonly [name: string, value: string]
type Sample = { readonly fields: readonly Field[]; readonly hash: string }

/** `khqr-hub bank signature-probe`: which recipe a bank's signature follows. Needs no hub, no database, no network. */
export function addSignatureProbe(bank: Command): void {
  bank
    .command('signature-probe')
    .description('find the signature recipe that makes a known-good hash; its key is read from HUB_SIGN_KEY')
    .option('--sample <file>', 'the signed request as it was sent: a form with its hash, or {"fields":{…},"hash":"…"}')
    .option('--field <name=value>', 'a signed field; repeat it, in the order they are sent', append, [])
    .option('--hash <text>', 'the hash that the bank accepted')
    .option('--json', 'print JSON')
    .action((options: Options) => {
      const key = readSignKey()
      if (key === undefined || key === '')
        throw new UsageError('HUB_SIGN_KEY is missing: set it to the key that the sample was signed with.')
      const sample = options.sample === undefined ? fromFlags(options) : fromFile(options.sample, options)
      show(sample, recipesOf(sample, key), options.json === true)
    })
}

function append(text: string, before: string[]): string[] {
  return [...before, text]
}

/** Every recipe that makes this hash of these fields. What the sample says of its timestamp's unit counts, too. */
function recipesOf({ fields, hash }: Sample, key: string): SignatureProfile[] {
  const unit = unitOf(fields.find(([name]) => name === 'timestamp')?.[1])
  return signatureCandidates().filter(
    (profile) =>
      (unit === undefined || profile.timestamp === unit) &&
      (profile.key === 'text' || isBase64(key)) &&
      timingSafeEqualText(signFields(fields, key, profile), hash),
  )
}

function unitOf(timestamp: string | undefined): SignatureProfile['timestamp'] | undefined {
  if (timestamp === undefined) return undefined
  return /^\d{13}$/.test(timestamp) ? 'ms' : /^\d{10}$/.test(timestamp) ? 's' : undefined
}

function isBase64(key: string): boolean {
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(key)
}

function show({ fields }: Sample, recipes: readonly SignatureProfile[], json: boolean): void {
  if (recipes.length === 0) process.exitCode = 1
  if (json) return console.log(JSON.stringify(recipes))
  if (recipes.length === 0) {
    console.error(
      `None of the ${signatureCandidates().length} recipes makes this hash of ${fields.map(([name]) => name).join(', ')}. ` +
        'Check that the fields are all that are signed, without the hash itself and in the order they are sent, that ' +
        'their values are not percent-encoded, and that the key is the whole key.',
    )
    return
  }
  console.log(recipes.map(asSettings).join('\n\n'))
  if (recipes.length > 1) {
    console.error(
      `${recipes.length} recipes make this hash: this sample cannot tell them apart. Take any, or try another sample.`,
    )
  }
}

/** As it stands in the configuration file, below `banks.{CODE}`. */
function asSettings(profile: SignatureProfile): string {
  const { order, join, key, output, timestamp } = profile
  const rows = Object.entries({ order, join, key, output, timestamp }).map(([name, value]) => `  ${name}: "${value}"`)
  return ['signature:', ...rows].join('\n')
}

function fromFlags({ field, hash }: Options): Sample {
  if (field.length === 0 || hash === undefined)
    throw new UsageError(
      'Give the sample with --sample FILE, or with --field NAME=VALUE for each field and --hash TEXT.',
    )
  return { fields: field.map(readField), hash }
}

function readField(text: string): Field {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--field: "${text.slice(0, 60)}" must be name=value.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function fromFile(file: string, { field, hash: given }: Options): Sample {
  if (field.length > 0) throw new UsageError('--sample holds the fields: leave --field out.')
  const text = readText(file).trim()
  const read = text.startsWith('{') ? fromJson(file, text) : fromForm(text)
  const hash = given ?? read.hash
  if (read.fields.length === 0 || hash === undefined)
    throw new UsageError(`${file} must hold a form such as merchantId=…&txId=…&hash=…, or {"fields":{…},"hash":"…"}.`)
  return { fields: read.fields, hash }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(
      `--sample: ${file} cannot be read (${error instanceof Error ? error.message : String(error)}).`,
    )
  }
}

type Read = { readonly fields: readonly Field[]; readonly hash: string | undefined }

function fromForm(text: string): Read {
  const all = [...new URLSearchParams(text)]
  return {
    fields: all.filter(([name]) => name !== 'hash'),
    hash: all.find(([name]) => name === 'hash')?.[1],
  }
}

function fromJson(file: string, text: string): Read {
  try {
    const { fields, hash } = JSON.parse(text) as { fields?: unknown; hash?: unknown }
    const rows = Object.entries(fields ?? {}).map(([name, value]) => [name, String(value)] as const)
    return { fields: rows, hash: typeof hash === 'string' ? hash : undefined }
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}
