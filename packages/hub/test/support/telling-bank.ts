import type { Bank, MerchantAccount, Verification } from '../../src/banks/bank.ts'
import type { CallbackVerdict } from '../../src/banks/callback.ts'
import type { BankAtWork, Hub } from '../../src/flows/hub.ts'
import { mountCallbacks } from '../../src/http/callbacks/callbacks.ts'
import { createSurface } from '../../src/http/server.ts'
import { Refusal } from '../../src/domain/errors.ts'
import { call, type How, type TestHub } from './running-hub.ts'

/** A made-up bank that tells us by callbacks: a body "REFERENCE/NUMBER" with the header `x-sample: signed`. */
export type TellingBank = {
  readonly code: string
  readonly path?: string
  /** Its accounts: the part of the path → the number. */
  readonly accounts: Readonly<Record<string, string>>
  readonly allows?: (address: string) => boolean
  /** What it says when it is asked. */
  readonly says: () => Promise<Verification>
  /** Of a repeated message. */
  readonly repeats?: number
}

export const tellingPath = '/api/sample/webhook'

/** What the bank was asked about, in order. */
export type Entrance = {
  readonly asked: string[]
  send(method: string, path: string, how?: How): ReturnType<typeof call>
}

/** A surface of its own beside those of a running hub, where these banks may tell us. */
export async function openEntrance(
  t: { after(act: () => Promise<unknown>): void },
  { running }: TestHub,
  banks: readonly TellingBank[],
  more: { readonly webhooksPerMinute?: number; readonly hub?: Partial<Hub> } = {},
): Promise<Entrance> {
  const asked: string[] = []
  const hub: Hub = {
    ...running.hub,
    ...more.hub,
    banks: new Map(banks.map((bank) => [bank.code, atWork(bank, asked)])),
  }
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
  return { asked, send: (method, path, how = {}) => call(`${origin}${path}`, method, how) }
}

function atWork(bank: TellingBank, asked: string[]): BankAtWork {
  const numbers = [...new Set(Object.values(bank.accounts))]
  // No more of a bank than what the entrance and its flows ask for.
  const part: Omit<Partial<BankAtWork>, 'bank'> & { bank: Partial<Bank> } = {
    code: bank.code,
    allows: bank.allows,
    accounts: numbers.map((accountNumber, index) => accountOf(bank.code, index + 900, accountNumber)),
    bank: {
      code: bank.code,
      describe: () => ({ reference: 'code', verify: 'by_reference' }) as ReturnType<Bank['describe']>,
      verify: (keys) => {
        asked.push(keys.reference)
        return bank.says()
      },
      callbacks: {
        path: bank.path ?? tellingPath,
        accountOf: (given) =>
          given === undefined ? (numbers.length === 1 ? numbers[0] : undefined) : bank.accounts[given],
        read: ({ body, headers }, accountNumber) => {
          const text = body.toString('utf8')
          const signature = headers['x-sample']
          const isRead = /^[A-Z0-9-]+\/\d+$/.test(text)
          return {
            authenticity: signature === undefined ? 'absent' : signature === 'signed' ? 'valid' : 'invalid',
            isReplayed: text.endsWith('/0'),
            reference: isRead ? text.split('/')[0] : undefined,
            fingerprint: isRead || signature === 'signed' ? `${accountNumber} ${text}` : undefined,
            sentence: `The signature of a message of ${bank.code} is wrong or missing.`,
          }
        },
        answer: (verdict) => ({ status: statusOf(bank, verdict), body: JSON.stringify({ verdict }) }),
      },
    },
  }
  return part as unknown as BankAtWork
}

function statusOf(bank: TellingBank, verdict: CallbackVerdict): number {
  return { taken: 200, repeated: bank.repeats ?? 200, refused: 403 }[verdict]
}

function accountOf(bankCode: string, id: number, accountNumber: string): MerchantAccount {
  return {
    id,
    bankCode,
    accountNumber,
    currency: 'USD',
    storeId: '',
    terminalId: '',
    payeeAccount: 'made_up@bank',
    payeeMerchantId: undefined,
    active: true,
  }
}
