import { createHmac } from 'node:crypto'

/** How a bank's HMAC is made, as data: banks of one shape differ only here. */
export type SignatureProfile = {
  /** `wire`: the fields as they are sent; `sorted`: by field name. */
  readonly order: 'wire' | 'sorted'
  /** What stands between the values; `k=v&` writes `name=value` pairs joined by `&`. */
  readonly join: 'none' | '|' | ',' | 'k=v&'
  /** The key's bytes: its UTF-8 text, or what its Base64 stands for. */
  readonly key: 'text' | 'base64'
  readonly output: 'base64' | 'hex' | 'HEX'
  /** The unit of the `timestamp` field that is signed. */
  readonly timestamp: 'ms' | 's'
}

/** AMK does not publish its recipe; this is the likeliest one, and `signatureCandidates` lists the others. */
export const defaultSignatureProfile: SignatureProfile = {
  order: 'wire',
  join: 'none',
  key: 'text',
  output: 'base64',
  timestamp: 'ms',
}

export const signatureChoices = {
  order: ['wire', 'sorted'],
  join: ['none', '|', ',', 'k=v&'],
  key: ['text', 'base64'],
  output: ['base64', 'hex', 'HEX'],
  timestamp: ['ms', 's'],
} as const satisfies { [Knob in keyof SignatureProfile]: readonly SignatureProfile[Knob][] }

/** HMAC-SHA512 over the fields' values as the profile says. The signature's own field must not be among them. */
export function signFields(
  fields: readonly (readonly [name: string, value: string])[],
  secretKey: string,
  profile: SignatureProfile,
): string {
  const ordered = profile.order === 'wire' ? fields : fields.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const message =
    profile.join === 'k=v&'
      ? ordered.map(([name, value]) => `${name}=${value}`).join('&')
      : ordered.map(([, value]) => value).join(profile.join === 'none' ? '' : profile.join)
  const keyBytes = Buffer.from(secretKey, profile.key === 'text' ? 'utf8' : 'base64')
  const digest = createHmac('sha512', keyBytes).update(message, 'utf8').digest()
  if (profile.output === 'base64') return digest.toString('base64')
  return profile.output === 'hex' ? digest.toString('hex') : digest.toString('hex').toUpperCase()
}

/** The `timestamp` field for a time, in the profile's unit. */
export function signatureTimestamp(now: Date, profile: SignatureProfile): string {
  return String(profile.timestamp === 'ms' ? now.getTime() : Math.floor(now.getTime() / 1000))
}

/** Every combination of the choices: for the command that finds which one reproduces a known-good sample. */
export function signatureCandidates(): SignatureProfile[] {
  const { order, join, key, output, timestamp } = signatureChoices
  return order.flatMap((o) =>
    join.flatMap((j) =>
      key.flatMap((k) =>
        output.flatMap((out) => timestamp.map((t) => ({ order: o, join: j, key: k, output: out, timestamp: t }))),
      ),
    ),
  )
}
