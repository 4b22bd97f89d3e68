import pino from 'pino'
import type { DestinationStream, Logger } from 'pino'
import pretty from 'pino-pretty'
import { redact, redactText } from './redact.ts'

/**
 * Writes JSON lines. `log.info({ event: 'bank.call', … }, 'sentence')`; `log.child({ correlationId })` for what stays the
 * same. Everything handed in, at every depth and in children too, goes through `redact` first.
 */
export type Log = Logger

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export function createLog(options: {
  readonly level: LogLevel
  /** Coloured lines for a person instead of JSON: for a terminal. */
  readonly pretty: boolean
  /** Where lines go; standard output unless told. */
  readonly destination?: DestinationStream | undefined
}): Log {
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true })
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // What arrives at the serializer is already a plain, redacted object.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(args, write) {
          write.apply(this, redactArguments(args) as Parameters<typeof write>)
        },
      },
    },
    options.pretty ? pretty({ destination: toWritable(destination), sync: true, colorize: true }) : destination,
  )
  redactChildren(log)
  return log
}

/** pino's own redaction reaches one level, and its formatters do not reach a child's bindings: both are redacted here. */
function redactChildren(log: Log): void {
  const makeChild: (this: Log, bindings: object, options?: object) => unknown = log.child
  const child = function (this: Log, bindings: object, options?: object): unknown {
    return makeChild.call(this, redact(bindings) as object, options)
  }
  Object.defineProperty(log, 'child', { value: child, configurable: true })
  const setBindings = log.setBindings
  Object.defineProperty(log, 'setBindings', {
    value(this: Log, bindings: object) {
      setBindings.call(this, redact(bindings) as object)
    },
  })
}

function redactArguments(args: readonly unknown[]): unknown[] {
  const [first, ...rest] = args
  const others = rest.map((argument) => (typeof argument === 'string' ? redactText(argument) : redact(argument)))
  if (typeof first === 'string') return [redactText(first), ...others]
  if (!(first instanceof Error)) return [redact(first), ...others]
  return [{ err: redact(first) }, ...(others.length > 0 ? others : [redactText(first.message)])]
}

function toWritable(destination: DestinationStream): NodeJS.WritableStream {
  return destination as unknown as NodeJS.WritableStream
}
