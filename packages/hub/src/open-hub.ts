import type { BankKeeping } from './banks/keeping.ts'
import { type ConfiguredBank, createBank } from './banks/registry.ts'
import type { Biller } from './billers/biller.ts'
import { createPremiumLookUp } from './billers/look-up.ts'
import { createBiller } from './billers/registry.ts'
import type { Config } from './config.ts'
import { type BankKeeper, createBankKeeper, readSeal } from './config/bank-keeping.ts'
import { type HubSide, readHubSide } from './config/bank-settings.ts'
import { readMessengerSettings } from './config/messengers.ts'
import { orderMethodsOf } from './config/order-methods.ts'
import { refusePublishedCredentials } from './config/published-credentials.ts'
import { WrongSetting } from './config/setting-table.ts'
import type { BankAtWork, Hub } from './flows/hub.ts'
import { createLivePayments } from './flows/live-payments.ts'
import { createOpenBills } from './flows/open-bills.ts'
import type { TokenSettings } from './http/auth.ts'
import { systemClock } from './kit/clock.ts'
import { sha256Hex } from './kit/crypto.ts'
import type { ConnectorTools } from './kit/guard.ts'
import { createHttpClient } from './kit/http-client.ts'
import { newId } from './kit/ids.ts'
import { createLog, type Log, type LogLevel } from './kit/log.ts'
import { createMetrics } from './kit/metrics.ts'
import { SettingsError, underlay } from './kit/settings.ts'
import { createMessengers } from './messengers/registry.ts'
import type { SampleWorld } from './sandbox/sample-world.ts'
import { type BankTable, openBankTable } from './store/bank-table.ts'
import { seedBanks } from './store/banks.ts'
import type { Db } from './store/db.ts'
import { stampMode } from './store/installation.ts'
import { tellChanged } from './store/live-payments.ts'
import { seedOperators } from './store/operators.ts'
import { putApiClient, putBearerToken } from './store/tokens.ts'

export type OpenHub = {
  readonly hub: Hub
  readonly tokens: TokenSettings
  /** What is kept for each bank's connector. */
  readonly keepings: ReadonlyMap<string, BankKeeping>
  /** Throws `WrongSetting` where a stored token cannot be read. Commands go on: one of them enters another token. */
  readonly refuseLockedTokens: () => Promise<void>
  readonly isReady: () => boolean
  readonly ready: () => void
  readonly onWakeRelay: (wake: () => void) => void
  close(): Promise<void>
}

/** Wires the flows' world on a migrated database: for the running hub and for the command line alike. */
export async function openHub(
  config: Config,
  db: Db,
  world: SampleWorld | undefined,
  logLevel?: LogLevel,
): Promise<OpenHub> {
  refusePublishedCredentials(config)
  const tokens = readTokens(config, world)
  const clock = systemClock
  const log = createLog({ level: logLevel ?? config.logLevel, pretty: config.isTerminal })
  const metrics = createMetrics()
  const http = createHttpClient(clock)
  const tools: ConnectorTools = { http, clock, metrics, log, sandbox: config.mode === 'sandbox' }
  await stampMode(db, config.mode, {
    installationId: world?.secrets.installationId ?? newId('hub'),
    paymentNumber: config.firstPaymentNumber,
  })
  const billers = openBillers({ ...world?.policySystems, ...config.policySystems }, tools)
  const keeper = createBankKeeper(db, readSeal(config, world?.secrets.masterKey), clock.now)
  const origin = config.checkoutOrigin ?? world?.simulator.gatewayUrl ?? originOf(config.bind, config.ports.gateway)
  let wake: () => void = () => {}
  let isReady = false
  const live = createLivePayments((message) => {
    // Whoever does not hear of it sees it when he looks again.
    tellChanged(db, message).catch(() => {})
  })
  // Pages show no code of a bank that is off: whoever has one open is told at once.
  const switched = () => live.heard(undefined)
  const { banks, table } = await openBanks(config, db, configuredBanks(config, world), { ...tools, keeper, switched })
  const hub: Hub = {
    db,
    clock,
    log,
    metrics,
    billers,
    banks,
    refreshBanks: () => table.refresh(),
    lookUp: createPremiumLookUp([...billers.values()], { rememberMs: config.lookUpMs }, tools),
    secondPersonAbove: config.secondPersonAbove,
    topupLimits: config.topupLimits,
    orderLimits: config.orders.max,
    pageOf: (token) => `${origin}/pay/${token}`,
    receiptLinkOf: (number, mac) => `${origin}/receipt/${number}/${mac}`,
    receiptIssuer: config.receiptIssuer,
    messengers: createMessengers(readMessengerSettings(config), tools),
    openBills: createOpenBills(clock),
    deadlines: config.deadlines,
    live,
    wakeRelay: () => wake(),
  }
  if (world) await seedSandbox(db, world)
  return {
    hub,
    tokens,
    keepings: keeper.all,
    refuseLockedTokens: () =>
      keeper.refuseLocked([...banks.values()].filter(({ bank }) => bank.keepToken).map(({ code }) => code)),
    isReady: () => isReady,
    ready: () => {
      isReady = true
    },
    onWakeRelay: (given) => {
      wake = given
    },
    close: () => http.close(),
  }
}

/** Where a process on this machine finds what listens on `bind`. */
function originOf(bind: string, port: number): string {
  const host = bind === '0.0.0.0' ? '127.0.0.1' : bind
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What the file says of a sandbox's bank changes that bank, name by name. */
function configuredBanks(config: Config, world: SampleWorld | undefined): Readonly<Record<string, unknown>> {
  const names = new Set([...Object.keys(world?.banks ?? {}), ...Object.keys(config.banks)])
  return Object.fromEntries([...names].map((name) => [name, underlay(world?.banks[name], config.banks[name])]))
}

function readTokens(config: Config, world: SampleWorld | undefined): TokenSettings {
  const secret = config.tokens.secret ?? world?.secrets.tokenSecret
  if (secret === undefined) throw new WrongSetting('JWT_SECRET (tokens.secret) is missing')
  return { ...config.tokens, secret }
}

/** Configuration seeds the tables; the tables decide, also while we run. */
async function openBanks(
  config: Config,
  db: Db,
  configured: Readonly<Record<string, unknown>>,
  tools: ConnectorTools & { readonly keeper: BankKeeper; readonly switched: () => void },
): Promise<{ readonly banks: Map<string, BankAtWork>; readonly table: BankTable }> {
  const opened = Object.entries(configured).map(([name, raw]) => {
    const code = name.toUpperCase()
    const side = readHubSide(code, raw, { live: config.mode === 'live' })
    const keeping = tools.keeper.of(code, side)
    const connector = createBank(code, { kind: side.kind, raw: side.connector }, tools, keeping)
    if (side.notices.noticeSettlesKhqr && connector.bank.describe().verify !== 'never') throw needlessNotice(code)
    return { code, side, connector }
  })
  refuseWrongFallbacks(opened)
  await seedBanks(
    db,
    opened.map(({ code, side, connector }) => ({
      code,
      numericId: side.numericId,
      kind: connector.kind,
      active: side.active,
      accounts: connector.accounts.map((account) => ({ ...account, active: true })),
    })),
  )
  const table = await openBankTable(db, tools.switched)
  const banks = new Map(
    opened.map(({ code, side, connector }) => [code, atWork(config, { code, side, connector, table })]),
  )
  for (const { code, connector } of opened) warnOfAccounts(tools.log, code, connector, table)
  return { banks, table }
}

/** Orders would choose such an account, and its bank would refuse every code of it. */
function warnOfAccounts(log: Log, code: string, { serves }: ConfiguredBank, table: BankTable): void {
  const left = table.accountsOf(code).filter((one) => one.active && serves?.(one.accountNumber) === false)
  const accounts = [...new Set(left.map((one) => one.accountNumber))]
  if (accounts.length === 0) return
  log.warn(
    { event: 'account.not_served', bank: code, accounts },
    `The settings of ${code} do not have ${accounts.join(', ')} any more: no codes are made for it, and what it has open ` +
      `cannot be asked about. Set it again under banks.${code}.accounts until its payments are done.`,
  )
}

function refuseWrongFallbacks(opened: readonly { readonly code: string; readonly side: HubSide }[]): void {
  const there = opened.map(({ code }) => code)
  const problems = opened.flatMap(({ code, side }) =>
    side.fallback
      .filter((one, place) => one === code || !there.includes(one) || side.fallback.indexOf(one) !== place)
      .map((one) => `banks.${code}.fallback has "${one}": it must name other configured banks, each once.`),
  )
  if (problems.length > 0) throw new SettingsError(problems)
}

/** A bank that can be asked is asked: its notice proves nothing by itself. */
function needlessNotice(code: string): SettingsError {
  return new SettingsError([
    `banks.${code}.notices.settle-khqr is true, and ${code} can be asked about its codes: set it to false.`,
  ])
}

function atWork(
  config: Config,
  parts: { code: string; side: HubSide; connector: ConfiguredBank; table: BankTable },
): BankAtWork {
  const { code, side, table, connector } = parts
  const { bank, kind, serves } = connector
  return {
    code,
    numericId: side.numericId,
    get active() {
      return table.isActive(code) ?? side.active
    },
    bank,
    get accounts() {
      const accounts = table.accountsOf(code)
      return serves ? accounts.map((one) => (serves(one.accountNumber) ? one : { ...one, active: false })) : accounts
    },
    fallback: side.fallback,
    allows: side.allows,
    policy: {
      ...side.notices,
      ...side.topups,
      orderMethods: orderMethodsOf(code, kind, bank, side.orderMethods, config.orders),
      money: config.money,
      qrSessionMs: config.qrSessionMs,
      checkBudget: side.checkBudget,
    },
  }
}

function openBillers(configured: Readonly<Record<string, unknown>>, tools: ConnectorTools): Map<string, Biller> {
  return new Map(
    Object.entries(configured).map(([name, raw]) => [name.toUpperCase(), createBiller(name.toUpperCase(), raw, tools)]),
  )
}

/** What the demo client may do: everything that a program of the house may. */
const demoScopes = [
  'bills:read',
  'khqr:create',
  'payments:read',
  'payments:write',
  'topups:write',
  'orders:read',
  'orders:manage',
  'orders:pay',
]

/** The sandbox's callers: its operators, a demo client, a service, and the token of every bank. */
async function seedSandbox(db: Db, world: SampleWorld): Promise<void> {
  await seedOperators(db, world.operators)
  await putApiClient(db, {
    clientId: 'demo-app',
    secretSha256: sha256Hex(world.secrets.demoClientSecret),
    scopes: demoScopes,
  })
  await putBearerToken(db, {
    kind: 'service',
    holder: 'demo-service',
    slot: 1,
    sha256: sha256Hex(world.secrets.serviceToken),
    scopes: ['bills:read', 'khqr:create', 'payments:read'],
  })
  await putBearerToken(db, {
    kind: 'service',
    holder: 'demo-facade',
    slot: 1,
    sha256: sha256Hex(world.secrets.facadeToken),
    scopes: ['topups:write'],
  })
  for (const [code, keys] of Object.entries(world.secrets.banks)) {
    await putBearerToken(db, {
      kind: 'bank',
      holder: code,
      slot: 1,
      sha256: sha256Hex(keys.bankToken),
      scopes: [`bank:${code}`],
    })
  }
}
