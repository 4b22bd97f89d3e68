import { encode } from '@khqr-hub/khqr'
import type { Bank, Capabilities, MerchantAccount, Movement, Verification, VerifyKeys } from '../../src/banks/bank.ts'
import type { CallbackReading, CallbackVerdict, RawCallback } from '../../src/banks/callback.ts'
import type { BankAtWork, Hub } from '../../src/flows/hub.ts'
import { mountCallbacks } from '../../src/http/callbacks/callbacks.ts'
import { createSurface } from '../../src/http/server.ts'
import { Refusal } from '../../src/domain/errors.ts'
import { readAccounts, seedBanks } from '../../src/store/banks.ts'
import { call, type How, type TestHub } from './running-hub.ts'

/** A made-up bank that tells us by callbacks: a body "REFERENCE/NUMBER" with the header `x-sample: signed`. */
export type TellingBank = {
  readonly code: string
  readonly path?: string
  /** Its accounts: the part of the path → the number. */
  readonly accounts: Readonly<Record<string, string>>
  readonly allows?: (address: string) => boolean
  /** What it says when it is asked. */
  readonly says: (keys: VerifyKeys) => Promise<Verification>
  /** The status by which a repeated message is answered. */
  readonly repeats?: number
}

export const tellingPath = '/api/sample/webhook'

export type Entrance = {
  /** What the banks were asked about, in order. */
  readonly asked: string[]
  readonly hub: Hub
  send(method: string, path: string, how?: How): ReturnType<typeof call>
}

type Tuning = { readonly webhooksPerMinute?: number; readonly hub?: Partial<Hub> }

/** A surface of its own beside those of a running hub, where these banks may tell us. Its jobs know them, too. */
export async function openEntrance(
  t: { after(act: () => Promise<unknown>): void },
  { running }: TestHub,
  tellers: readonly TellingBank[],
  more: Tuning = {},
): Promise<Entrance> {
  const asked: string[] = []
  const banks = new Map<string, BankAtWork>()
  for (const [index, teller] of tellers.entries())
    banks.set(teller.code, await atWork(running.hub, teller, 77 + index, asked))
  // The hub hands out its banks to be read; the jobs look here whenever they ask again.
  for (const [code, at] of banks) (running.hub.banks as Map<string, BankAtWork>).set(code, at)
  const hub: Hub = { ...running.hub, ...more.hub, banks }
  const tools = {
    hub,
    authenticate: async () => new Refusal('UNAUTHORIZED', 'nobody logs in here'),
    settings: {
      requestsPerMinute: 10_000,
      webhooksPerMinute: more.webhooksPerMinute ?? 10_000,
      trustedProxies: ['127.0.0.1'],
    },
  }
  const surface = await createSurface('gateway', tools)
  mountCallbacks(surface, tools)
  const origin = await surface.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => surface.close())
  return { asked, hub, send: (method, path, how = {}) => call(`${origin}${path}`, method, how) }
}

/** A movement of money as this bank lists it. */
export function movementOf(reference: string, amountMinor: bigint, more: Partial<Movement> = {}): Movement {
  return {
    bankTransactionId: reference,
    keyedBy: 'bank',
    amount: { amountMinor, currency: 'USD' },
    payeeAccount: undefined,
    payer: undefined,
    paidAt: new Date(),
    reversed: false,
    ...more,
  }
}

async function atWork(hub: Hub, teller: TellingBank, numericId: number, asked: string[]): Promise<BankAtWork> {
  const { code } = teller
  const numbers = [...new Set(Object.values(teller.accounts))]
  const seeds = numbers.map((accountNumber) => ({
    accountNumber,
    currency: 'USD' as const,
    storeId: '',
    terminalId: '',
    payeeAccount: 'made_up@bank',
    payeeMerchantId: undefined,
    active: true,
  }))
  await seedBanks(hub.db, [{ code, numericId, kind: 'bank-qr', active: true, accounts: seeds }])
  const known = (await readAccounts(hub.db)).filter((one) => one.bankCode === code)
  const accounts = numbers.flatMap((accountNumber) => known.filter((one) => one.accountNumber === accountNumber))
  const usual = hub.banks.get('BAKONG')
  if (!usual) throw new Error('The sandbox has no bank to take the rules of')
  return {
    code,
    numericId,
    active: true,
    bank: bankOf(teller, accounts, asked),
    accounts,
    fallback: [],
    allows: teller.allows,
    policy: { ...usual.policy, orderMethods: [{ code: 'sample', shows: 'code', usual: true }] },
  }
}

const can: Capabilities = {
  createsQr: true,
  deeplink: false,
  reference: 'code',
  repeatsReference: false,
  verify: 'by_reference',
  callsAreCounted: false,
  network: undefined,
  verifiesBillPayments: false,
  listsAllMovements: true,
  cancel: 'never',
  refund: 'never',
  refundWindowDays: undefined,
  refundIsIdempotent: false,
  readsRefunds: false,
  webhook: 'signed',
  writesReference: true,
  currencies: ['USD'],
  timeZoneOffset: '+07:00',
  late: 'unknown',
}

function bankOf(teller: TellingBank, accounts: readonly MerchantAccount[], asked: string[]): Bank {
  const numbers = accounts.map((one) => one.accountNumber)
  const never = () => {
    throw new Error('The made-up bank has no such call')
  }
  return {
    code: teller.code,
    describe: () => can,
    methods: [{ code: 'sample', shows: 'code', usual: true }],
    async createQr({ reference, amount, account, expiresAt }) {
      const { qr } = encode({
        kind: 'individual',
        payeeAccount: account.payeeAccount,
        merchantName: 'Sample Shop',
        currency: amount.currency,
        amountMinor: amount.amountMinor,
        billNumber: reference,
        createdAt: new Date(),
        expiresAt,
      })
      return { qrString: qr, deeplink: undefined, bankReference: undefined, exchanges: [] }
    },
    verify: (keys) => {
      asked.push(keys.codes[0]?.reference ?? keys.reference)
      return teller.says(keys)
    },
    callbacks: {
      path: teller.path ?? tellingPath,
      accountOf: (part) =>
        part === undefined ? (numbers.length === 1 ? numbers[0] : undefined) : teller.accounts[part],
      read: (message, accountNumber) => readMessage(teller, message, accountNumber),
      answer: (verdict) => ({ status: statusOf(teller, verdict), body: JSON.stringify({ verdict }) }),
    },
    readWebhook: never,
    readConfirmation: never,
    checkCredentials: never,
    probe: never,
  }
}

function readMessage(teller: TellingBank, { body, headers }: RawCallback, accountNumber: string): CallbackReading {
  const text = body.toString('utf8')
  const signature = headers['x-sample']
  const isRead = /^[A-Za-z0-9-]+\/\d+$/.test(text)
  return {
    authenticity: signature === undefined ? 'absent' : signature === 'signed' ? 'valid' : 'invalid',
    isReplayed: text.endsWith('/0'),
    reference: isRead ? text.split('/')[0] : undefined,
    fingerprint: `${accountNumber} ${text}`,
    sentence: `The signature of a message of ${teller.code} is wrong or missing.`,
  }
}

function statusOf(teller: TellingBank, verdict: CallbackVerdict): number {
  return { taken: 200, repeated: teller.repeats ?? 200, refused: 403 }[verdict]
}
