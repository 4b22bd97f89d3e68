/** A fault that is set on a call. */
export type Fault = {
  readonly kind: string
  readonly value: number | string | undefined
  readonly setAtMs: number
  /** Set on this operation by name, not through `*`. */
  readonly named: boolean
}

export type RouteRequest = {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly fault: Fault | undefined
}

/** `silence`: the connection stays open and nothing is ever said. */
export type Answer = { readonly status: number; readonly contentType: string; readonly body: string } | 'silence'

/** One call of the open API. `operation` is the name by which faults are set. */
export type Route = {
  readonly operation: string
  readonly method: 'POST'
  /** As the open API has it, e.g. "/v1/renew_token", after the base path. */
  readonly path: string
  /** Faults that this route plays itself, also where the host knows one of that name. */
  readonly plays: readonly string[]
  /** Called before any fault is played: a call that is never answered has been counted all the same. */
  readonly arrive?: (request: RouteRequest) => void
  readonly handle: (request: RouteRequest) => Answer
}

export type Ports = {
  /** The time in milliseconds since 1970. */
  readonly nowMs: () => number
  /** Keeps what is now believed; handed back in order at the next start. No answer is sent before it is on disk. */
  readonly keep: (record: Readonly<Record<string, unknown>>) => void
}
