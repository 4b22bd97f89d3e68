/** A fault that the host does not play itself and hands to the route. */
export type Fault = {
  readonly kind: string
  readonly value: number | string | undefined
  readonly setAtMs: number
  /** Set on this operation by name, not through `*`. */
  readonly named: boolean
}

export type RouteRequest = {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly query: Readonly<Record<string, string | undefined>>
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly fault: Fault | undefined
}

/** `silence`: the connection stays open and nothing is ever said. `hang-up`: it is closed without a word, once all is kept. */
export type Answer =
  | {
      readonly status: number
      readonly contentType: string
      readonly body: string | Buffer
      readonly headers?: Readonly<Record<string, string>>
    }
  | 'silence'
  | 'hang-up'

/** One call that others may make on a simulated system. `operation` is the name by which faults are set. */
export type Route = {
  readonly operation: string
  readonly method: 'GET' | 'POST'
  /** Full path, with `:name` for parameters. */
  readonly path: string
  readonly handle: (request: RouteRequest) => Answer
}

/** What a simulated system is given by its host. */
export type Ports = {
  /** The time in milliseconds since 1970. */
  readonly nowMs: () => number
  /**
   * Keeps what this system now believes; handed back in order at the next start. The host sends no answer before it is
   * on disk.
   */
  readonly keep: (record: Readonly<Record<string, unknown>>) => void
}
