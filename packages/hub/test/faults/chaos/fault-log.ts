/** One thing that was done to the world. Times are milliseconds since 1970, as everything runs on one machine. */
export type Fault = {
  readonly kind: string
  readonly target: string
  readonly startedAt: number
  readonly endedAt: number
  /** Of the process that got a signal. */
  readonly pid: number | undefined
  readonly signal: 'SIGKILL' | 'SIGSTOP' | undefined
  readonly detail: string
}

export type FaultLog = {
  readonly faults: readonly Fault[]
  /** Notes a fault that took effect; without `startedAt` it was a moment. */
  note(fault: Pick<Fault, 'kind' | 'target'> & Partial<Fault>): void
}

export function openFaultLog(): FaultLog {
  const faults: Fault[] = []
  return {
    faults,
    note(fault) {
      const endedAt = fault.endedAt ?? Date.now()
      faults.push({ pid: undefined, signal: undefined, detail: '', startedAt: endedAt, ...fault, endedAt })
    },
  }
}

export function showFault(fault: Fault): string {
  const from = new Date(fault.startedAt).toISOString().slice(11, 23)
  const until = new Date(fault.endedAt).toISOString().slice(11, 23)
  const signal = fault.signal ? ` ${fault.signal} of process ${fault.pid}` : ''
  return `${from} to ${until} ${fault.kind}: ${fault.target}${signal}${fault.detail ? `, ${fault.detail}` : ''}`
}
