import { sha256Hex } from '../kit/crypto.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { CannotOpen, type Seal, sealedWith } from '../kit/seal.ts'
import type { Db } from './db.ts'

/** As `TokenKeeper` of the banks' contract. */
export type KeptToken = {
  read(): Promise<string | undefined>
  store(token: string, how: TokenOrigin, by: string): Promise<void>
}

export type TokenOrigin = 'renewed' | 'entered'

/** The name of a token in logs, tables and messages: the first 16 hex digits of its SHA-256. */
export function tokenFingerprint(token: string): string {
  return sha256Hex(token).slice(0, 16)
}

/** A stored token that cannot be read, or one that cannot be kept, with the setting that is wrong. */
export class TokenLocked extends Error {
  override readonly name = 'TokenLocked'
}

/**
 * Keeps the long-lived token of one bank: the one that was stored last, else the configured one. `seal` is undefined where
 * no master key is set: then nothing can be stored, and reading what was stored throws `TokenLocked`.
 */
export function createTokenKeeper(
  db: Db,
  bankCode: string,
  how: { readonly seal: Seal | undefined; readonly configured: string | undefined },
): KeptToken {
  return {
    read: async () => {
      const kept = await readKeptToken(db, bankCode)
      return kept ? openKept(how.seal, bankCode, kept.sealed) : how.configured
    },
    store: async (token, origin, by) => {
      await putBankToken(db, how.seal, {
        bankCode,
        token,
        how: origin,
        by,
        reason: undefined,
        correlationId: newCorrelationId(),
      })
    },
  }
}

/** A stored token as its row has it, without the token. */
export type KeptTokenRow = {
  readonly bankCode: string
  readonly sealed: string
  readonly fingerprint: string
  readonly how: TokenOrigin
  readonly by: string
  readonly at: Date
}

/** The bank's current token; undefined while none was stored. */
export async function readKeptToken(db: Db, bankCode: string): Promise<KeptTokenRow | undefined> {
  const rows = await listKeptTokens(db)
  return rows.find((row) => row.bankCode === bankCode)
}

/** The current token of every bank that has a stored one. */
export function listKeptTokens(db: Db): Promise<KeptTokenRow[]> {
  return db.query<KeptTokenRow>(
    'list_bank_tokens',
    `select bank_code as "bankCode", sealed, fingerprint, how, stored_by as by, stored_at as at
      from bank_tokens where replaced_at is null order by bank_code`,
    [],
  )
}

export type NewToken = {
  readonly bankCode: string
  readonly token: string
  readonly how: TokenOrigin
  /** "operator operator-1", "job keep-tokens". */
  readonly by: string
  readonly reason: string | undefined
  readonly correlationId: string
}

/**
 * Makes it the bank's token, with a row in the audit log that holds its fingerprint. The one before stays until the next
 * comes. Whether it is another one than before. Throws `TokenLocked`.
 */
export async function putBankToken(db: Db, seal: Seal | undefined, { token, ...order }: NewToken): Promise<boolean> {
  if (!seal)
    throw new TokenLocked(`The token of ${order.bankCode} cannot be kept: HUB_MASTER_KEY (masterKey) is missing.`)
  const row = { ...order, fingerprint: tokenFingerprint(token), sealed: seal.seal(token, ownerOf(order.bankCode)) }
  const rows = await db.query<{ changed: boolean }>('put_bank_token', 'select put_bank_token($1) as changed', [
    JSON.stringify(row),
  ])
  return rows[0]?.changed === true
}

/** Why the hub cannot read what it keeps, in one sentence; undefined when it can read all of it. */
export async function lockedTokens(
  db: Db,
  seal: Seal | undefined,
  bankCodes: readonly string[],
): Promise<string | undefined> {
  for (const { bankCode, sealed } of await listKeptTokens(db)) {
    if (!bankCodes.includes(bankCode)) continue
    try {
      openKept(seal, bankCode, sealed)
    } catch (error) {
      if (error instanceof TokenLocked) return error.message
      throw error
    }
  }
  return undefined
}

/**
 * Seals every stored token anew that the current key did not seal, the ones before too; online, as hubs that have both keys
 * read either. Answers how many, and which could not be opened.
 */
export async function resealBankTokens(
  db: Db,
  seal: Seal,
  who: { readonly by: string; readonly correlationId: string },
): Promise<{ readonly resealed: number; readonly locked: readonly string[] }> {
  const rows = await db.query<{ id: string; bankCode: string; sealed: string }>(
    'all_bank_tokens',
    'select id::text, bank_code as "bankCode", sealed from bank_tokens order by id',
    [],
  )
  let resealed = 0
  const locked: string[] = []
  for (const { id, bankCode, sealed } of rows.filter((row) => !seal.isCurrent(row.sealed))) {
    try {
      const token = openKept(seal, bankCode, sealed)
      const change = { id, readAs: sealed, sealed: seal.seal(token, ownerOf(bankCode)) }
      const keys = { keyBefore: sealedWith(sealed), key: seal.keyId }
      const [row] = await db.query<{ done: boolean }>('reseal_token', 'select reseal_bank_token($1) as done', [
        JSON.stringify({ ...change, ...keys, ...who }),
      ])
      if (row?.done) resealed += 1
    } catch (error) {
      if (!(error instanceof TokenLocked)) throw error
      locked.push(error.message)
    }
  }
  return { resealed, locked }
}

/** Claims the look after a bank's token for `leaseS` seconds; false while another process has it. */
export async function claimTokenLook(db: Db, bankCode: string, leaseS: number): Promise<boolean> {
  const rows = await db.query(
    'claim_token_look',
    `insert into bank_token_looks as l values ($1, now() + make_interval(secs => $2))
      on conflict (bank_code) do update set claimed_until = excluded.claimed_until where l.claimed_until <= now()
      returning bank_code`,
    [bankCode, leaseS],
  )
  return rows.length > 0
}

export async function endTokenLook(db: Db, bankCode: string): Promise<void> {
  await db.query('end_token_look', 'update bank_token_looks set claimed_until = now() where bank_code = $1', [bankCode])
}

/** A token that was sealed for one bank opens for no other. */
function ownerOf(bankCode: string): string {
  return `bank_token ${bankCode}`
}

function openKept(seal: Seal | undefined, bankCode: string, sealed: string): string {
  if (!seal) {
    throw new TokenLocked(
      `The stored token of ${bankCode} cannot be read: HUB_MASTER_KEY (masterKey) is missing. Set the key that it was stored with.`,
    )
  }
  try {
    return seal.open(sealed, ownerOf(bankCode))
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error
    const todo =
      error.why === 'key_missing'
        ? 'Set that key as HUB_MASTER_KEY (masterKey), or add it to HUB_MASTER_KEYS_OLD (masterKeysOld)'
        : 'Somebody changed the table bank_tokens'
    throw new TokenLocked(
      `The stored token of ${bankCode} cannot be read: ${error.message}. ${todo}, or enter the token again: khqr-hub bank token ${bankCode}`,
      { cause: error },
    )
  }
}
