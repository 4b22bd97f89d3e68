import { createGuard } from '../../kit/guard.ts'
import type { ConnectorTools } from '../../kit/guard.ts'
import type { Bank, Capabilities } from '../bank.ts'
import type { BankKeeping } from '../keeping.ts'
import type { Parts } from './api.ts'
import { createCallbacks } from './callbacks.ts'
import { cancel } from './cancel.ts'
import { createQr } from './create-qr.ts'
import { hostedPage } from './hosted-page.ts'
import { createKeyRing } from './keys.ts'
import { listMovements } from './list.ts'
import { methods } from './methods.ts'
import { createOperations } from './operations.ts'
import { checkCredentials, probe } from './probe.ts'
import { readRefunds } from './read-refunds.ts'
import { refund } from './refund.ts'
import type { PaywaySettings } from './settings.ts'
import { tranIdOf } from './tran-id.ts'
import { verify } from './verify.ts'

/** ABA PayWay: it makes codes, tells us of payments by callbacks that only make us look, and is asked about each. */
export function createPayway(settings: PaywaySettings, tools: ConnectorTools, keeping: BankKeeping): Bank {
  const { clock, log } = tools
  const guard = createGuard(settings.code, tools)
  const parts: Parts = { settings, guard, clock, log, keeping, keys: createKeyRing(settings, tools) }
  const capabilities = capabilitiesOf(settings)
  const sendsNone = { ok: false, problems: { body: `${settings.code} tells us by callbacks only` } } as const
  return {
    code: settings.code,
    describe: () => capabilities,
    createQr: (order, context) => createQr(parts, order, context),
    verify: (keys, context) => verify(parts, keys, context),
    cancel: (code, context) => cancel(parts, code, context),
    refund: (order, context) => refund(parts, order, context),
    readRefunds: (keys, context) => readRefunds(parts, keys, context),
    // PayWay refunds a transaction, up to what its first charge brought, and says one sum for all of its charges.
    refundsAlone: (bankTransactionId) => tranIdOf(bankTransactionId) === bankTransactionId,
    listMovements: (account, window, context) => listMovements(parts, account, window, context),
    methods,
    hostedPage: (order) => hostedPage(parts, order),
    operations: createOperations(parts),
    callbacks: createCallbacks(parts),
    readWebhook: () => sendsNone,
    readConfirmation: () => sendsNone,
    checkCredentials: (context) => checkCredentials(parts, context),
    probe: (context) => probe(parts, context),
  }
}

function capabilitiesOf({ currencies, writesReference, merchants }: PaywaySettings): Capabilities {
  const canRefund = [...merchants.values()].some((one) => one.rsaKey)
  return {
    createsQr: true,
    deeplink: true,
    reference: 'code',
    repeatsReference: false,
    verify: 'by_reference',
    callsAreCounted: false,
    network: undefined,
    verifiesBillPayments: false,
    // Second charges stand in detail alone, which answers ten times a minute: what it was not asked is not listed.
    listsAllMovements: false,
    cancel: 'advisory',
    // Without PayWay's RSA key nothing can be asked for: a person sends the money back.
    refund: canRefund ? 'partial' : 'never',
    refundWindowDays: 30,
    refundIsIdempotent: false,
    readsRefunds: true,
    webhook: 'signed',
    writesReference,
    currencies,
    timeZoneOffset: '+07:00',
    late: 'reversed',
  }
}
