import type { BakongSimulatorSettings } from '../../banks/bakong/simulator/settings.ts'
import type { BankQrSimulatorSettings } from '../../banks/bank-qr/simulator/settings.ts'
import type { PaywaySimulatorSettings } from '../../banks/payway/simulator/settings.ts'
import type { PolicySystemSettings } from '../../billers/policy-system/simulator/policy-systems.ts'

/** The one message the hub sends to the simulator process. Everything in it is data. */
export type SimulatorConfig = {
  /** Address to listen on, e.g. "127.0.0.1". */
  readonly bind: string
  /** 0 = any free port. */
  readonly port: number
  /** Append-only file of JSON lines: all that the simulator believes. Its pid stands in `${dataFile}.pid`. */
  readonly dataFile: string
  /** Where the banks call us, e.g. "http://127.0.0.1:8080". */
  readonly gatewayUrl: string
  /** Waits before each redelivery of what we did not answer 2xx. Default 1, 2, 4, 8 and 16 s. */
  readonly redeliverAfterMs?: readonly number[] | undefined
  readonly banks: Readonly<Record<string, BankQrSimulatorSettings>>
  /** Banks that are played as the open API of Bakong, by code. */
  readonly bakong?: Readonly<Record<string, BakongSimulatorSettings>> | undefined
  /** Banks that are played as ABA PayWay, by code. */
  readonly payway?: Readonly<Record<string, PaywaySimulatorSettings>> | undefined
  readonly policySystems: PolicySystemSettings
}

/** What the process answers: ready with its port, or one sentence why it cannot run (and it exits with 1). */
export type SimulatorReply =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }

const defaultRedeliverAfterMs = [1000, 2000, 4000, 8000, 16_000]

export type CompleteConfig = SimulatorConfig & { readonly redeliverAfterMs: readonly number[] }

/** Checks the parts that a hand-written config gets wrong most, and fills in the default. */
export function completeConfig(message: unknown): CompleteConfig {
  if (typeof message !== 'object' || message === null)
    throw new Error('The simulator was sent no configuration object.')
  const config = message as SimulatorConfig
  if (typeof config.bind !== 'string' || config.bind === '')
    throw new Error('config.bind must be an address to listen on.')
  if (!Number.isInteger(config.port) || config.port < 0 || config.port > 65_535) {
    throw new Error(`config.port is ${String(config.port)}; it must be 0 (any free port) to 65535.`)
  }
  if (typeof config.dataFile !== 'string' || config.dataFile === '') throw new Error('config.dataFile must be a path.')
  if (!URL.canParse(config.gatewayUrl)) throw new Error(`config.gatewayUrl "${config.gatewayUrl}" is not a URL.`)
  const kinds = [config.banks, config.bakong ?? {}, config.payway ?? {}, config.policySystems]
  const systems = kinds.flatMap((kind) => Object.values(kind))
  const paths = systems.map((one) => one.basePath)
  const twice = paths.find((path, at) => paths.indexOf(path) !== at)
  if (twice !== undefined) throw new Error(`Two simulated systems share the base path ${twice}; give each its own.`)
  for (const kind of [config.bakong, config.payway]) {
    const atRoot = Object.entries(kind ?? {}).filter(([, one]) => one.alsoAtRoot)
    if (atRoot.length > 1) {
      throw new Error(`${atRoot.map(([code]) => code).join(' and ')} are alsoAtRoot; only one can answer there.`)
    }
  }
  return { ...config, redeliverAfterMs: config.redeliverAfterMs ?? defaultRedeliverAfterMs }
}
