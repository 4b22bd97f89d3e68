/** A fault that is set on a call. */
export type Fault = {
  readonly kind: string
  readonly value: number | string | undefined
}

export type RouteRequest = {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly fault: Fault | undefined
}

/** `silence`: the connection stays open and nothing is ever said. `hang-up`: it is closed without a word, once all is kept. */
export type Answer =
  | {
      readonly status: number
      readonly contentType: string
      readonly body: string
      readonly headers?: Readonly<Record<string, string>>
      /** Said only so much later. */
      readonly afterMs?: number
    }
  | 'silence'
  | 'hang-up'

/** One call that others may make. `operation` is the name by which faults are set. */
export type Route = {
  readonly operation: string
  readonly method: 'GET' | 'POST'
  /** After the base path, with `:name` for parameters. */
  readonly path: string
  /** Faults that this route plays itself, also where the host knows one of that name. */
  readonly plays: readonly string[]
  readonly handle: (request: RouteRequest) => Answer
}

/** One message to whoever asked for a callback, as it goes over the wire. */
export type Message = {
  /** Absolute. */
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly tranId: string
  readonly transactionId: string
  readonly firstAtMs: number
}

export type Ports = {
  /** The time in milliseconds since 1970. */
  readonly nowMs: () => number
  /** Keeps what is now believed; handed back in order at the next start. No answer is sent before it is on disk. */
  readonly keep: (record: Readonly<Record<string, unknown>>) => void
  /** Tells these one after the other, each once the one before was tried. */
  readonly tell: (messages: readonly Message[]) => void
  /** A PNG of a text as a QR code. */
  readonly picture: (text: string) => Buffer
}
