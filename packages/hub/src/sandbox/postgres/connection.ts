/** `host` is the folder of a unix socket; no password is asked there. */
export type PostgresConnection = {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

export function postgresUrl(connection: PostgresConnection): string {
  const { host, port, user, database } = connection
  return `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`
}
