/** A fault that the host does not play itself and hands to the route. */
export type PolicyFault = { readonly kind: string }

export type PolicyRequest = {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly query: Readonly<Record<string, string | undefined>>
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly fault: PolicyFault | undefined
}

/** `silence`: the connection stays open and nothing is ever said. `afterMs`: said that much later. */
export type PolicyAnswer =
  | { readonly status: number; readonly contentType: string; readonly body: string; readonly afterMs?: number }
  | 'silence'

export type PolicyRoute = {
  readonly operation: 'lookup' | 'credit' | 'find-credit' | 'credit-note' | 'find-credit-note'
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly handle: (request: PolicyRequest) => PolicyAnswer
}

/** What a policy system is given by its host. */
export type PolicyPorts = {
  readonly nowMs: () => number
  /** Keeps what this system now believes; the host sends no answer before it is on disk. */
  readonly keep: (record: Readonly<Record<string, unknown>>) => void
}

export const policyOwnFaults: Record<PolicyRoute['operation'], readonly string[]> = {
  lookup: ['wrong-secret'],
  credit: ['wrong-secret', 'credit-then-silent'],
  'find-credit': ['wrong-secret'],
  'credit-note': ['wrong-secret', 'note-then-silent'],
  'find-credit-note': ['wrong-secret'],
}

export function jsonAnswer(status: number, body: unknown, afterMs = 0): PolicyAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body), afterMs }
}
