import type { Db } from './db.ts'

/** A program that gets access tokens with an id and a secret. */
export type RegisteredClient = {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly active: boolean
  readonly createdAt: Date
}

type Who = { readonly clientId: string; readonly actor: string; readonly correlationId: string }

/** 1 to 60 letters, digits and `. _ -`, beginning with a letter or a digit. */
export function isClientId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/.test(text)
}

/** Registers a client, or gives a known one a new secret and these scopes, with its audit row. False: it was known. */
export async function registerClient(
  db: Db,
  client: Who & { readonly secretSha256: string; readonly scopes: readonly string[] },
): Promise<boolean> {
  const rows = await db.query<{ fresh: boolean }>(
    'register_client',
    `with before as (
      select to_jsonb(c) - 'secret_sha256' as was from api_clients c where client_id = $1
    ), kept as (
      insert into api_clients (client_id, secret_sha256, scopes) values ($1, $2, $3)
        on conflict (client_id) do update set secret_sha256 = excluded.secret_sha256, scopes = excluded.scopes, active = true
        returning client_id
    ), noted as (
      insert into audit (actor, action, object, before, after, correlation_id)
        select $4, 'client.registered', 'client ' || $1, (select was from before), jsonb_build_object('scopes', $3::text[]), $5 from kept
    )
    select not exists (select from before) as fresh from kept`,
    [client.clientId, client.secretSha256, client.scopes, client.actor, client.correlationId],
  )
  return rows[0]?.fresh === true
}

/** A client gets no more tokens; those it has end within the hour. False: there is no such active client. */
export async function removeClient(db: Db, who: Who): Promise<boolean> {
  const rows = await db.query(
    'remove_client',
    `with ended as (
      update api_clients set active = false where client_id = $1 and active returning client_id
    ), noted as (
      insert into audit (actor, action, object, correlation_id) select $2, 'client.removed', 'client ' || $1, $3 from ended
    )
    select client_id from ended`,
    [who.clientId, who.actor, who.correlationId],
  )
  return rows.length > 0
}

export async function listClients(db: Db): Promise<RegisteredClient[]> {
  const rows = await db.query<{ client_id: string; scopes: string[]; active: boolean; created_at: Date }>(
    'list_clients',
    'select client_id, scopes, active, created_at from api_clients order by client_id',
    [],
  )
  return rows.map((row) => ({
    clientId: row.client_id,
    scopes: row.scopes,
    active: row.active,
    createdAt: row.created_at,
  }))
}

/**
 * Keeps a service's new long-lived key in one of its two slots, with its audit row; what was in the slot is revoked. The
 * lock is that of `putBearerToken`: a slot must be free when its new key enters.
 */
export async function putServiceKey(
  db: Db,
  key: Who & { readonly slot: 1 | 2; readonly sha256: string; readonly scopes: readonly string[] },
): Promise<void> {
  await db.query(
    'put_service_key',
    `with revoked as (
      update bearer_tokens set revoked_at = now()
        where kind = 'service' and holder = $1 and slot = $2 and revoked_at is null and pg_advisory_xact_lock(4816023) is not null
        returning 1
    ), kept as (
      insert into bearer_tokens (token_sha256, kind, holder, slot, scopes)
        select $3, 'service', $1, $2, $4 from (select count(*) from revoked) as freed returning holder
    )
    insert into audit (actor, action, object, after, correlation_id)
      select $5, 'service.key_made', 'service ' || holder,
        jsonb_build_object('slot', $2::smallint, 'fingerprint', left($3, 16), 'scopes', $4::text[]), $6 from kept`,
    [key.clientId, key.slot, key.sha256, key.scopes, key.actor, key.correlationId],
  )
}
