import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromFile, mapAt, readFile, refuseUnknown } from './config/config-file.ts'
import { withCallbackOrigin, withFamiliarBanks } from './config/familiar-banks.ts'
import type { PageConfig } from './config/page-settings.ts'
import { listOf, type Setting } from './config/setting-kinds.ts'
import { type SettingPath, settingTable, WrongSetting } from './config/setting-table.ts'
import type { MoneyPolicy } from './domain/match.ts'
import { logLevels } from './kit/log.ts'
import { type Currency, parseAmount } from './money/money.ts'

export type Config = {
  readonly mode: 'sandbox' | 'live'
  /** Absolute. */
  readonly dataDir: string
  readonly bind: string
  readonly ports: {
    readonly gateway: number
    readonly khqr: number
    readonly integration: number
    readonly simulator: number
  }
  readonly databaseUrl: string | undefined
  readonly databasePoolSize: number
  readonly logLevel: (typeof logLevels)[number]
  readonly tokens: { readonly secret: string | undefined; readonly issuer: string; readonly audience: string }
  /** As written: base64 or hex. */
  readonly masterKey: string | undefined
  readonly masterKeysOld: readonly string[]
  readonly limits: { readonly requestsPerMinute: number; readonly webhooksPerMinute: number }
  readonly trustedProxies: readonly string[]
  readonly firstPaymentNumber: number
  readonly qrSessionMs: number
  /** Milliseconds. */
  readonly deadlines: { readonly graceMs: number; readonly lateWatchMs: number; readonly unusedMs: number }
  readonly money: MoneyPolicy
  /** Minor units. */
  readonly secondPersonAbove: Readonly<Record<Currency, bigint>>
  /** Minor units. */
  readonly topupLimits: Readonly<Record<Currency, { readonly minMinor: bigint; readonly maxMinor: bigint }>>
  readonly orders: {
    /** Minor units. */
    readonly max: Readonly<Record<Currency, bigint>>
    readonly bakong: 'nbc' | 'payway'
    readonly perMinute: number
    readonly perHour: number
  }
  /** How many pages may hear of their payments by streams. */
  readonly live: { readonly mostStreams: number; readonly mostStreamsPerAddress: number }
  readonly lookUpMs: number
  /** Where customers reach the gateway; undefined: where it listens. */
  readonly checkoutOrigin: string | undefined
  /** What the pages look like that customers pay on. */
  readonly page: PageConfig
  /** For how long a page's link works after its payment is over. */
  readonly pageLinkMs: number
  /** Whether anybody may begin a top-up on a page of ours. */
  readonly hasTopupPage: boolean
  /** How customers are told; undefined where it is not set. */
  readonly messages: {
    readonly smtpUrl: string | undefined
    readonly mailFrom: string | undefined
    readonly telegramToken: string | undefined
    readonly telegramChat: string | undefined
    readonly telegramUrl: string
    readonly webhookUrl: string | undefined
    readonly webhookSecret: string | undefined
  }
  /** At the head of customers' receipts; undefined: nobody's name. */
  readonly receiptIssuer: string | undefined
  /** What clients of the façade send as `md5`; undefined: there are none. */
  readonly merchantKey: string | undefined
  /** As the file has them: read by the connectors' own schemas. */
  readonly banks: Readonly<Record<string, unknown>>
  readonly policySystems: Readonly<Record<string, unknown>>
  readonly isTerminal: boolean
  readonly ci: boolean
}

/** The project's root: where a relative `HUB_DATA_DIR` begins, whatever folder the command was called in. */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')

/**
 * Reads the configuration: environment over file over default. Throws `WrongSetting` for the first thing that is wrong,
 * naming the setting, what it got and what it wants; a secret's value is never printed.
 */
export function readConfig(
  options: { readonly file?: string | undefined } = {},
  env: NodeJS.ProcessEnv = process.env,
): Config {
  const file = options.file === undefined ? {} : readFile(options.file)
  refuseUnknown(file)
  const text = (path: SettingPath): string | undefined => readSetting(path, file, env)
  const need = (path: SettingPath): string => text(path) ?? ''
  const config: Config = {
    mode: need('mode') === 'live' ? 'live' : 'sandbox',
    dataDir: isAbsolute(need('dataDir')) ? need('dataDir') : join(projectRoot, need('dataDir')),
    bind: need('bind'),
    ports: {
      gateway: Number(need('ports.gateway')),
      khqr: Number(need('ports.khqr')),
      integration: Number(need('ports.integration')),
      simulator: Number(need('ports.simulator')),
    },
    databaseUrl: withPassword(text('database.url'), text('database.password')),
    databasePoolSize: Number(need('database.poolSize')),
    logLevel: logLevels.find((level) => level === need('log.level')) ?? 'info',
    tokens: { secret: text('tokens.secret'), issuer: need('tokens.issuer'), audience: need('tokens.audience') },
    masterKey: text('masterKey'),
    masterKeysOld: listOf(text('masterKeysOld') ?? ''),
    limits: {
      requestsPerMinute: Number(need('limits.requestsPerMinute')),
      webhooksPerMinute: Number(need('limits.webhooksPerMinute')),
    },
    trustedProxies: listOf(need('trustedProxies')),
    firstPaymentNumber: Number(need('payments.firstNumber')),
    qrSessionMs: Number(need('qr.sessionMinutes')) * 60_000,
    deadlines: {
      graceMs: Number(need('payments.graceMinutes')) * 60_000,
      lateWatchMs: Number(need('payments.lateWatchHours')) * 3_600_000,
      unusedMs: Number(need('payments.unusedHours')) * 3_600_000,
    },
    money: {
      latePolicy: need('money.latePolicy') === 'suspense' ? 'suspense' : 'accept',
      overpayment: need('money.overpayment') === 'accept_overpayment' ? 'accept_overpayment' : 'suspense',
      parts: need('money.parts') === 'accept' ? 'accept' : 'suspense',
    },
    secondPersonAbove: {
      USD: parseAmount(need('money.secondPersonAboveUsd'), 'USD'),
      KHR: parseAmount(need('money.secondPersonAboveKhr'), 'KHR'),
    },
    topupLimits: readTopupLimits(need),
    orders: readOrders(need),
    live: {
      mostStreams: Number(need('checkout.mostStreams')),
      mostStreamsPerAddress: Number(need('checkout.mostStreamsPerAddress')),
    },
    lookUpMs: Number(need('billers.lookUpMinutes')) * 60_000,
    checkoutOrigin: need('checkout.origin') || undefined,
    page: readPage(need),
    pageLinkMs: Number(need('checkout.linkDays')) * 86_400_000,
    hasTopupPage: need('topups.startPage') === 'on' || need('topups.startPage') === need('mode'),
    messages: readMessages(text, need),
    receiptIssuer: need('receipts.issuer') || undefined,
    merchantKey: need('topups.merchantKey') || undefined,
    banks: readBanks(file, env, need('mode') === 'live' ? { origin: need('checkout.origin') } : undefined),
    policySystems: mapAt(file, 'policySystems'),
    isTerminal: process.stdout.isTTY === true,
    ci: env['CI'] === 'true',
  }
  refuseContradictions(config, need('bindPublicly'))
  return config
}

function readTopupLimits(need: (path: SettingPath) => string): Config['topupLimits'] {
  return {
    USD: {
      minMinor: parseAmount(need('topups.minUsd'), 'USD'),
      maxMinor: parseAmount(need('topups.maxUsd'), 'USD'),
    },
    KHR: {
      minMinor: parseAmount(need('topups.minKhr'), 'KHR'),
      maxMinor: parseAmount(need('topups.maxKhr'), 'KHR'),
    },
  }
}

function readPage(need: (path: SettingPath) => string): PageConfig {
  return {
    name: need('checkout.name') || undefined,
    colour: need('checkout.colour').toLowerCase(),
    logo: need('checkout.logo') || undefined,
    contact: need('checkout.contact') || undefined,
    apps: listOf(need('checkout.apps')),
    frameOrigins: listOf(need('checkout.frameOrigins')),
  }
}

function readOrders(need: (path: SettingPath) => string): Config['orders'] {
  return {
    max: {
      USD: parseAmount(need('orders.maxUsd'), 'USD'),
      KHR: parseAmount(need('orders.maxKhr'), 'KHR'),
    },
    bakong: need('orders.bakong') === 'payway' ? 'payway' : 'nbc',
    perMinute: Number(need('orders.perMinute')),
    perHour: Number(need('orders.perHour')),
  }
}

function readMessages(
  text: (path: SettingPath) => string | undefined,
  need: (path: SettingPath) => string,
): Config['messages'] {
  return {
    smtpUrl: text('messages.smtpUrl'),
    mailFrom: need('messages.mailFrom') || undefined,
    telegramToken: text('messages.telegramToken'),
    telegramChat: need('messages.telegramChat') || undefined,
    telegramUrl: need('messages.telegramUrl'),
    webhookUrl: need('messages.webhookUrl') || undefined,
    webhookSecret: text('messages.webhookSecret'),
  }
}

/** The key of a bank's known-good signature, for the command that finds its recipe. No setting: the hub itself never reads it. */
export function readSignKey(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env['HUB_SIGN_KEY']
}

/** Those of the file, with what the environment says of two of them by the names that their clients know. */
function readBanks(
  file: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  live: { readonly origin: string } | undefined,
): Config['banks'] {
  const text = (path: SettingPath): string | undefined => readSetting(path, {}, env) || undefined
  const banks = withFamiliarBanks(mapAt(file, 'banks'), {
    payway: {
      merchantId: text('banks.ABA.merchant-id'),
      apiKey: text('banks.ABA.api-key'),
      apiKeyNext: text('banks.ABA.api-key-next'),
      apiUrl: text('banks.ABA.base-url'),
      checkTransactionUrl: text('banks.ABA.check-transaction-url'),
      payeeAccount: text('banks.ABA.payee-account'),
      callbackAccount: text('banks.ABA.callback-account'),
      rsaPublicKey: text('banks.ABA.rsa-public-key'),
      accountOnFile: text('banks.ABA.account-on-file'),
      cardOnFile: text('banks.ABA.card-on-file'),
      logsAllEvents: text('banks.ABA.log-all-events'),
    },
    bakong: { accountId: text('banks.BAKONG.account-id'), token: text('banks.BAKONG.token') },
  })
  return live ? withCallbackOrigin(banks, live.origin) : banks
}

function refuseContradictions(config: Config, bindPublicly: string): void {
  const loopback = config.bind === 'localhost' || config.bind === '::1' || config.bind.startsWith('127.')
  if (config.mode === 'sandbox' && !loopback && bindPublicly !== 'yes') {
    throw new WrongSetting(
      `HUB_BIND is ${config.bind}: a sandbox listens on loopback only, as its control API asks for no password. ` +
        'Set HUB_BIND=127.0.0.1, or HUB_BIND_PUBLICLY=yes if you mean it.',
    )
  }
  if (config.mode === 'sandbox') return
  if (config.databaseUrl === undefined) throw missing('database.url')
  if (config.tokens.secret === undefined) throw missing('tokens.secret')
  if (config.logLevel === 'debug' || config.logLevel === 'trace') {
    throw new WrongSetting(`LOG_LEVEL is ${config.logLevel}: live mode logs info or less. Set LOG_LEVEL=info.`)
  }
}

function missing(path: SettingPath): WrongSetting {
  const setting = find(path)
  return new WrongSetting(
    `${setting.env} (${path}) is missing, and live mode needs it: ${setting.sentence} For example ${setting.env}=${setting.example}`,
  )
}

function readSetting(path: SettingPath, file: unknown, env: NodeJS.ProcessEnv): string | undefined {
  const setting = find(path)
  const given = fromEnvironment(setting, env) ?? fromFile(file, path)
  if (given === undefined || given === '') return setting.fallback
  const wrong = setting.wrong(given)
  if (wrong === undefined) return given
  const got = setting.secret ? 'a value that is not printed' : `"${given.slice(0, 80)}"`
  throw new WrongSetting(
    `${setting.env} (${path}) is ${got}: it ${wrong}. For example ${setting.env}=${setting.example}`,
  )
}

function fromEnvironment(setting: Setting, env: NodeJS.ProcessEnv): string | undefined {
  const direct = env[setting.env]
  if (direct !== undefined) return direct
  const path = env[`${setting.env}_FILE`]
  if (path === undefined) return undefined
  if (!existsSync(path)) throw new WrongSetting(`${setting.env}_FILE names ${path}, which does not exist`)
  return readFileSync(path, 'utf8').trim()
}

function find(path: SettingPath): Setting {
  const setting = settingTable.find((one) => one.path === path)
  if (!setting) throw new Error(`There is no setting ${path}`)
  return setting
}

function withPassword(url: string | undefined, password: string | undefined): string | undefined {
  if (url === undefined || password === undefined) return url
  const parsed = new URL(url)
  if (parsed.password === '') parsed.password = encodeURIComponent(password)
  return parsed.toString()
}
