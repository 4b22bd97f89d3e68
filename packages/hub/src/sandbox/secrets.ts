import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readToken, signToken } from '../banks/bakong/simulator/tokens.ts'
import { randomToken } from '../kit/crypto.ts'

/**
 * The sandbox's own keys and passwords: made at the first start, kept in the data folder (mode 0600), so that tokens and
 * simulated banks stay the same over restarts. They are worth nothing anywhere else.
 */
export type SandboxSecrets = {
  readonly installationId: string
  readonly tokenSecret: string
  /** 32 bytes as base64: long-lived tokens of banks are sealed with it. */
  readonly masterKey: string
  readonly demoClientSecret: string
  readonly serviceToken: string
  /** What software written to the façade's documents sends as its API key. */
  readonly facadeToken: string
  /** Per bank: what we log in with, what verify is signed with, what the bank calls us with. */
  readonly banks: Readonly<
    Record<string, { readonly password: string; readonly secretKey: string; readonly bankToken: string }>
  >
  readonly policySystems: Readonly<Record<string, { readonly key: string }>>
  /** What the simulated Bakong signs its tokens with, and the first that it gave us. */
  readonly bakong: { readonly tokenSecret: string; readonly token: string }
  readonly payway: {
    readonly apiKey: string
    /** What follows it. */
    readonly nextApiKey: string
    /** The unguessable part of the path that callbacks come to. */
    readonly callbackAccount: string
    /** A pair of 1024 bits, as PayWay's own is: the hub has the public half, the simulator the other. PEM. */
    readonly rsaPublicKey: string
    readonly rsaPrivateKey: string
  }
}

const fileName = 'sandbox-secrets.json'
const tokenReserveMs = 86_400_000
const rsaBits = 1024

/** Reads the folder's secrets, making those that are missing. */
export function sandboxSecrets(
  dataDir: string,
  bankCodes: readonly string[],
  policySystems: readonly string[],
): SandboxSecrets {
  const kept = readSandboxSecrets(dataDir)
  const secrets: SandboxSecrets = {
    installationId: kept?.installationId ?? randomToken(9),
    tokenSecret: kept?.tokenSecret ?? `sandbox-${randomToken(32)}`,
    masterKey: kept?.masterKey ?? randomToken(32),
    demoClientSecret: kept?.demoClientSecret ?? `sandbox-${randomToken(18)}`,
    serviceToken: kept?.serviceToken ?? `sandbox-${randomToken(32)}`,
    facadeToken: kept?.facadeToken ?? `sandbox-${randomToken(32)}`,
    // A bank that is not named this time may be named again: it keeps its bearer.
    banks: { ...kept?.banks, ...Object.fromEntries(bankCodes.map((code) => [code, keysOf(kept, code)])) },
    policySystems: Object.fromEntries(
      policySystems.map((name) => [name, kept?.policySystems[name] ?? { key: `sandbox-${randomToken(18)}` }]),
    ),
    bakong: bakongSecrets(kept?.bakong, Date.now()),
    // Missing in folders from before PayWay was played.
    payway: kept?.payway ?? paywaySecrets(),
  }
  if (JSON.stringify(secrets) !== JSON.stringify(kept)) {
    const file = join(dataDir, fileName)
    writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  return secrets
}

function keysOf(kept: SandboxSecrets | undefined, code: string): SandboxSecrets['banks'][string] {
  const made = {
    password: `sandbox-${randomToken(12)}`,
    secretKey: `sandbox-${randomToken(32)}`,
    bankToken: `sandbox-${randomToken(32)}`,
  }
  return kept?.banks[code] ?? made
}

/** The token stays the same from start to start, until it is about to end. `kept` is missing in folders from before. */
function bakongSecrets(kept: SandboxSecrets['bakong'] | undefined, nowMs: number): SandboxSecrets['bakong'] {
  const tokenSecret = kept?.tokenSecret ?? `sandbox-${randomToken(32)}`
  const endsAtS = readToken(tokenSecret, kept?.token ?? '')?.expiresAtS ?? 0
  const isGood = kept !== undefined && endsAtS * 1000 > nowMs + tokenReserveMs
  return isGood ? kept : { tokenSecret, token: signToken(tokenSecret, nowMs) }
}

function paywaySecrets(): SandboxSecrets['payway'] {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: rsaBits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return {
    apiKey: `sandbox-${randomToken(24)}`,
    nextApiKey: `sandbox-${randomToken(24)}`,
    callbackAccount: randomToken(24),
    rsaPublicKey: publicKey,
    rsaPrivateKey: privateKey,
  }
}

/** The folder's secrets as they are; undefined before the first start. */
export function readSandboxSecrets(dataDir: string): SandboxSecrets | undefined {
  const file = join(dataDir, fileName)
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SandboxSecrets
  } catch (error) {
    throw new Error(`${file} is not JSON any more. Mend it, or remove it to have new sandbox secrets made.`, {
      cause: error,
    })
  }
}
