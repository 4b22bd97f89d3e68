import { createGuard } from '../../kit/guard.ts'
import type { ConnectorTools } from '../../kit/guard.ts'
import type { Bank, Capabilities } from '../bank.ts'
import type { Allowance, BankKeeping } from '../keeping.ts'
import type { Parts } from './api.ts'
import { createQr } from './create-qr.ts'
import { makeDeeplink } from './deeplink.ts'
import { createTokenWatch } from './keep-token.ts'
import { checkCredentials, probe } from './probe.ts'
import type { BakongSettings } from './settings.ts'
import { currentToken, hasEnded } from './token.ts'
import { codesPerCall, verify, verifyMany } from './verify.ts'

/** NBC's open API: codes are written here, it is asked about them by their MD5, and it tells nobody of payments. */
export function createBakong(settings: BakongSettings, tools: ConnectorTools, keeping: BankKeeping): Bank {
  const { clock, sandbox } = tools
  const memory = { refusedToken: undefined, listsClosedAtMs: undefined, staticCodes: new Set<string>() }
  const parts: Parts = { settings, guard: createGuard(settings.code, tools), clock, keeping, memory, sandbox }
  const capabilities = capabilitiesOf(settings)
  const sendsNone = { ok: false, problems: { body: `${settings.code} sends no messages: it is asked` } } as const
  return {
    code: settings.code,
    describe: () => capabilities,
    createQr: (order, context) => createQr(parts, order, context),
    verify: (keys, context) => verify(parts, keys, context),
    verifyMany: (keys, context) => verifyMany(parts, keys, context),
    methods: [{ code: 'bakong', shows: 'code', usual: true }],
    codesPerCall: () => codesPerCall(parts),
    allowance: () => allowance(parts),
    async makeDeeplink(qrString, context, source) {
      const { link } = await makeDeeplink(parts, { qrString, source }, context, parts.guard.startDeadline(context))
      return link
    },
    keepToken: createTokenWatch(parts),
    readWebhook: () => sendsNone,
    readConfirmation: () => sendsNone,
    checkCredentials: (context) => checkCredentials(parts, context),
    probe: (context) => probe(parts, context),
  }
}

function capabilitiesOf({ currencies, deeplinks }: BakongSettings): Capabilities {
  return {
    createsQr: true,
    deeplink: deeplinks,
    reference: 'payment',
    repeatsReference: true,
    verify: 'by_md5',
    callsAreCounted: true,
    network: 'bakong',
    verifiesBillPayments: false,
    listsAllMovements: false,
    cancel: 'never',
    refund: 'never',
    refundWindowDays: undefined,
    refundIsIdempotent: false,
    readsRefunds: false,
    webhook: 'never',
    writesReference: true,
    currencies,
    timeZoneOffset: '+07:00',
    late: 'unknown',
  }
}

/** Without a token that lives nothing can be asked: nothing is left. */
async function allowance({ keeping, settings, clock }: Parts): Promise<Allowance> {
  const token = await currentToken(keeping.tokens, settings.token)
  if (token && !hasEnded(token, clock.now())) return keeping.budget.read(token.fingerprint)
  return { perDay: 0, reserve: 0, spent: 0, left: 0, resetsAt: nextMidnight(clock.now()), latched: false }
}

const dayMs = 86_400_000
/** Bakong counts by the day of Phnom Penh. */
const offsetMs = 7 * 3_600_000

function nextMidnight(now: Date): Date {
  return new Date(Math.floor((now.getTime() + offsetMs) / dayMs + 1) * dayMs - offsetMs)
}
