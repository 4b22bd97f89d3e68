import { logLevels } from '../kit/log.ts'

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

const port = number('a port', 0, 65_535)

/** Every setting there is, in the order of the docs. */
export const settingTable = [
  plain(
    'mode',
    'HUB_MODE',
    'Sandbox plays every bank and policy system on this machine; live talks to real ones.',
    'word',
    'live',
    'sandbox',
    oneOf('sandbox', 'live'),
  ),
  plain(
    'dataDir',
    'HUB_DATA_DIR',
    'Folder of the embedded database, the sandbox secrets and the simulator, relative to the project root.',
    'path',
    '/srv/khqr-hub',
    '.khqr-hub',
    anyText,
  ),
  plain('bind', 'HUB_BIND', 'Address every port listens on.', 'address', '0.0.0.0', '127.0.0.1', anyText),
  plain(
    'bindPublicly',
    'HUB_BIND_PUBLICLY',
    'Must be "yes" for a sandbox to listen on anything but loopback: its control API asks for no password.',
    'yes or no',
    'yes',
    'no',
    oneOf('yes', 'no'),
  ),
  plain(
    'ports.gateway',
    'HUB_GATEWAY_PORT',
    'Gateway: banks, bills, tokens. 0 = any free port.',
    'port',
    '8080',
    '8080',
    port,
  ),
  plain('ports.khqr', 'HUB_KHQR_PORT', 'KHQR surface. 0 = any free port.', 'port', '8081', '8081', port),
  plain(
    'ports.integration',
    'HUB_INTEGRATION_PORT',
    'Integration surface. 0 = any free port.',
    'port',
    '8085',
    '8085',
    port,
  ),
  plain(
    'ports.simulator',
    'HUB_SIMULATOR_PORT',
    'Simulated banks and policy systems (sandbox only). 0 = any free port.',
    'port',
    '8687',
    '8687',
    port,
  ),
  secret(
    'database.url',
    'DATABASE_URL',
    'PostgreSQL 15 or newer. Left out in sandbox: the embedded one. Required in live.',
    'URL',
    'postgresql://hub@db.example/hub',
    databaseUrl,
  ),
  secret(
    'database.password',
    'DB_PASSWORD',
    'Password for `database.url`, where the URL holds none.',
    'text',
    'made-up-password',
    anyText,
  ),
  plain(
    'database.poolSize',
    'HUB_DATABASE_POOL_SIZE',
    'Connections this process opens at most.',
    'connections',
    '20',
    '20',
    number('a number of connections', 2, 200),
  ),
  plain(
    'log.level',
    'LOG_LEVEL',
    'How much is logged. Debug and trace are refused in live.',
    'word',
    'warn',
    'info',
    oneOf(...logLevels),
  ),
  secret(
    'tokens.secret',
    'JWT_SECRET',
    'Key of the access tokens (HS256). Sandbox makes one at its first start; required in live.',
    'text of at least 32 bytes',
    'made-up-secret-made-up-secret-32',
    longSecret,
  ),
  plain(
    'tokens.issuer',
    'HUB_TOKEN_ISSUER',
    'The `iss` every access token must carry.',
    'text',
    'https://hub.example',
    'khqr-hub',
    anyText,
  ),
  plain(
    'tokens.audience',
    'HUB_TOKEN_AUDIENCE',
    'The `aud` every access token must carry.',
    'text',
    'https://hub.example',
    'khqr-hub',
    anyText,
  ),
  plain(
    'limits.requestsPerMinute',
    'HUB_REQUESTS_PER_MINUTE',
    'Requests of one client (token subject, else address); bank and service tokens are exempt.',
    'requests per minute',
    '100',
    '100',
    number('a number of requests', 1, 1_000_000),
  ),
  plain(
    'limits.webhooksPerMinute',
    'HUB_WEBHOOKS_PER_MINUTE',
    'Messages of banks from one address.',
    'messages per minute',
    '60000',
    '60000',
    number('a number of messages', 1, 10_000_000),
  ),
  plain(
    'trustedProxies',
    'HUB_TRUSTED_PROXIES',
    'Addresses whose X-Forwarded-For is believed, with commas between. Empty: nobody’s.',
    'addresses',
    '10.0.0.0/8',
    '',
    anyText,
  ),
  plain(
    'payments.firstNumber',
    'HUB_FIRST_PAYMENT_NUMBER',
    'Where payment numbers begin; read at the first start only.',
    'number',
    '150001',
    '150001',
    number('a payment number', 1, 9_000_000_000_000),
  ),
  plain(
    'qr.sessionMinutes',
    'HUB_QR_SESSION_MINUTES',
    'How long one code is shown, and given again to whoever asks.',
    'minutes',
    '15',
    '15',
    number('minutes', 1, 1_440),
  ),
  plain(
    'money.latePolicy',
    'HUB_LATE_POLICY',
    'Money for a payment that was cancelled or expired: `accept` it if the bill is still owed, or hold it in `suspense`.',
    'word',
    'suspense',
    'accept',
    oneOf('accept', 'suspense'),
  ),
  plain(
    'billers.lookUpMinutes',
    'HUB_LOOKUP_MINUTES',
    'How long a policy system’s answer is remembered for display.',
    'minutes',
    '15',
    '15',
    number('minutes', 0, 1_440),
  ),
] as const satisfies readonly Setting[]

export type SettingPath = (typeof settingTable)[number]['path']

/** A setting that stops the start: its name, what it got, what it wants. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting'
}

function plain<Path extends string>(
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

function secret<Path extends string>(
  path: Path,
  env: string,
  sentence: string,
  unit: string,
  example: string,
  wrong: Setting['wrong'],
) {
  return { path, env, sentence, unit, example, fallback: undefined, wrong, secret: true } as const
}

function oneOf(...words: readonly string[]): Setting['wrong'] {
  return (text) => (words.includes(text) ? undefined : `must be one of ${words.join(', ')}`)
}

function number(what: string, least: number, most: number): Setting['wrong'] {
  return (text) => {
    const isInRange = /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most
    return isInRange ? undefined : `must be ${what} from ${least} to ${most}`
  }
}

function anyText(text: string): string | undefined {
  return text.length <= 4_096 ? undefined : 'must be at most 4,096 characters'
}

function databaseUrl(text: string): string | undefined {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
    ? undefined
    : 'must be a URL such as postgresql://user@host/database'
}

function longSecret(text: string): string | undefined {
  return Buffer.byteLength(text) >= 32 ? undefined : 'must be at least 32 bytes long'
}
