import type { Currency } from '../money/money.ts'
import type { Db } from './db.ts'
import type { KeyedAnswer } from './idempotency.ts'
import { storableJson } from './storable-text.ts'

export type BankSeed = {
  readonly code: string
  readonly numericId: number
  readonly kind: string
  readonly active: boolean
  readonly accounts: readonly {
    readonly accountNumber: string
    readonly currency: Currency
    readonly storeId: string
    readonly terminalId: string
    readonly payeeAccount: string
    readonly payeeMerchantId: string | undefined
    readonly active: boolean
  }[]
}

export type AccountRow = {
  readonly id: number
  readonly bankCode: string
  readonly accountNumber: string
  readonly currency: Currency
  readonly storeId: string
  readonly terminalId: string
  readonly payeeAccount: string
  readonly payeeMerchantId: string | undefined
  readonly active: boolean
}

/**
 * Brings the configured banks and accounts into the tables. What is there already keeps its switches: they are the
 * operator's from then on. Store, terminal and payee follow the configuration. Throws when two banks have one numeric id.
 */
export async function seedBanks(db: Db, banks: readonly BankSeed[]): Promise<void> {
  for (const bank of banks) {
    await seedBank(db, bank)
    for (const account of bank.accounts) {
      await db.query(
        'seed_account',
        `insert into merchant_accounts
            (bank_code, account_number, currency, store_id, terminal_id, payee_account, payee_merchant_id, active)
          values ($1, $2, $3, $4, $5, $6, $7, $8)
          on conflict (bank_code, account_number, currency) do update set store_id = excluded.store_id,
            terminal_id = excluded.terminal_id, payee_account = excluded.payee_account,
            payee_merchant_id = excluded.payee_merchant_id`,
        [
          bank.code,
          account.accountNumber,
          account.currency,
          account.storeId,
          account.terminalId,
          account.payeeAccount,
          account.payeeMerchantId ?? null,
          account.active,
        ],
      )
    }
  }
}

export async function readBanks(db: Db): Promise<{ code: string; numericId: number; kind: string; active: boolean }[]> {
  const rows = await db.query<{ code: string; numeric_id: number; kind: string; active: boolean }>(
    'read_banks',
    'select code, numeric_id, kind, active from banks order by numeric_id',
    [],
  )
  return rows.map((row) => ({ code: row.code, numericId: row.numeric_id, kind: row.kind, active: row.active }))
}

export async function readAccounts(db: Db): Promise<AccountRow[]> {
  const rows = await db.query<{
    id: number
    bank_code: string
    account_number: string
    currency: Currency
    store_id: string
    terminal_id: string
    payee_account: string
    payee_merchant_id: string | null
    active: boolean
  }>('read_accounts', 'select * from merchant_accounts order by id', [])
  return rows.map((row) => ({
    id: row.id,
    bankCode: row.bank_code,
    accountNumber: row.account_number,
    currency: row.currency,
    storeId: row.store_id,
    terminalId: row.terminal_id,
    payeeAccount: row.payee_account,
    payeeMerchantId: row.payee_merchant_id ?? undefined,
    active: row.active,
  }))
}

export type BankSwitch = {
  readonly code: string
  readonly active: boolean
  readonly reason: string
  readonly actor: string
  readonly correlationId: string
  readonly answers: readonly KeyedAnswer[]
}

/** Switches a bank, with its audit row and its answers, and tells every process. Switched so already, it only answers. */
export async function writeBankSwitch(db: Db, order: BankSwitch): Promise<void> {
  await db.query('switch_bank', 'select switch_bank($1)', [storableJson(order)])
}

async function seedBank(db: Db, bank: BankSeed): Promise<void> {
  // Without naming the key: of two hubs that start at once, the second may meet the first's row by either of its keys.
  await db.query(
    'seed_bank',
    'insert into banks (code, numeric_id, kind, active) values ($1, $2, $3, $4) on conflict do nothing',
    [bank.code, bank.numericId, bank.kind, bank.active],
  )
  const rows = await db.query('seeded_bank', 'select from banks where code = $1', [bank.code])
  if (rows.length === 0) {
    throw new Error(`Bank ${bank.code} cannot have the numeric id ${bank.numericId}: another bank has it.`)
  }
}
