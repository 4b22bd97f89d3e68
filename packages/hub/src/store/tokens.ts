import { DatabaseError } from 'pg'
import { Conflict, type Db } from './db.ts'
import { storableJson } from './storable-text.ts'

/** A long-lived bearer as kept: never the token itself. */
export type BearerToken = {
  readonly kind: 'bank' | 'service'
  readonly holder: string
  readonly scopes: readonly string[]
}

/** The live token with this digest. */
export async function findBearerToken(db: Db, sha256: string): Promise<BearerToken | undefined> {
  const rows = await db.query<BearerToken & { scopes: string[] }>(
    'find_token',
    'select kind, holder, scopes from bearer_tokens where token_sha256 = $1 and revoked_at is null',
    [sha256],
  )
  return rows[0]
}

/**
 * Keeps a token's digest in a slot of its holder, revoking what was there. The same token again only sets its scopes.
 * Throws when the token is somebody else's: two holders with one token could not be told apart.
 */
export async function putBearerToken(
  db: Db,
  token: BearerToken & { readonly sha256: string; readonly slot: 1 | 2 },
): Promise<void> {
  // Reading "revoked" makes the update come first: the slot must be free when the new row enters it. The lock lets hubs
  // that start at once come one after the other: a row that is being inserted is met by either of its two keys.
  const rows = await onceMoreIfMet(() =>
    db.query(
      'put_token',
      `with revoked as (
      update bearer_tokens set revoked_at = now()
        where kind = $2 and holder = $3 and slot = $4 and revoked_at is null and token_sha256 <> $1 returning 1
    )
    insert into bearer_tokens as b (token_sha256, kind, holder, slot, scopes)
      select $1, $2, $3, $4, $5 from (select count(*) from revoked) as freed, pg_advisory_xact_lock(${putTokenLock}) as one_at_a_time
      on conflict (token_sha256) do update set scopes = excluded.scopes, slot = excluded.slot, revoked_at = null
        where b.kind = excluded.kind and b.holder = excluded.holder
      returning holder`,
      [token.sha256, token.kind, token.holder, token.slot, token.scopes],
    ),
  )
  if (rows.length === 0) {
    throw new Error(
      `The token for ${token.kind} ${token.holder} is in use by somebody else: give every holder its own.`,
    )
  }
}

/** Another token entered the slot while this one waited: it was not seen yet, and could not be revoked. Now it is. */
async function onceMoreIfMet<Rows>(put: () => Promise<Rows>): Promise<Rows> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await put()
    } catch (error) {
      const isMet = error instanceof DatabaseError && error.constraint === 'bearer_tokens_two_live'
      if (!(isMet || error instanceof Conflict) || tries === 10) throw error
    }
  }
}

export type BankBearer = {
  readonly code: string
  readonly slot: 1 | 2
  readonly sha256: string
  readonly reason: string
  readonly actor: string
  readonly correlationId: string
}

/** Keeps a bank's new bearer in a slot, with its audit row; what was in the slot is revoked. */
export async function putBankBearer(db: Db, bearer: BankBearer): Promise<void> {
  await db.query('put_bank_bearer', 'select put_bank_bearer($1)', [storableJson(bearer)])
}

/** Any number that no other advisory lock of the hub has; in migration 0022, too. */
const putTokenLock = 4_816_023

export type ApiClient = { readonly clientId: string; readonly secretSha256: string; readonly scopes: readonly string[] }

export async function findApiClient(db: Db, clientId: string): Promise<ApiClient | undefined> {
  const rows = await db.query<{ client_id: string; secret_sha256: string; scopes: string[] }>(
    'find_client',
    'select client_id, secret_sha256, scopes from api_clients where client_id = $1 and active',
    [clientId],
  )
  return rows[0] && { clientId: rows[0].client_id, secretSha256: rows[0].secret_sha256, scopes: rows[0].scopes }
}

export async function putApiClient(db: Db, client: ApiClient): Promise<void> {
  await db.query(
    'put_client',
    `insert into api_clients (client_id, secret_sha256, scopes) values ($1, $2, $3)
      on conflict (client_id) do update set secret_sha256 = excluded.secret_sha256, scopes = excluded.scopes`,
    [client.clientId, client.secretSha256, client.scopes],
  )
}
