import type { BakongSimulator } from '../../banks/bakong/simulator/bakong-simulator.ts'
import type { BankQrSimulator } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import type { PaywaySimulator } from '../../banks/payway/simulator/payway-simulator.ts'
import type { PolicySystemSimulator } from '../../billers/policy-system/simulator/policy-systems.ts'
import type { ControlBody } from './control-body.ts'
import type { Deliveries } from './deliveries.ts'
import type { AttemptAnswer } from './delivery-attempt.ts'
import type { FaultTable } from './faults.ts'

/** Everything the control calls can reach. */
export type World = {
  readonly banks: ReadonlyMap<string, BankQrSimulator>
  readonly bakong: ReadonlyMap<string, BakongSimulator>
  readonly payway: ReadonlyMap<string, PaywaySimulator>
  readonly policySystems: readonly PolicySystemSimulator[]
  readonly faults: FaultTable
  readonly deliveries: Deliveries
  readonly nowMs: () => number
  /** Resolves when all that was changed so far is on disk. */
  readonly durable: () => Promise<void>
  /** The bank named by the body's `bank`, or a refusal that lists them. */
  readonly bank: (body: ControlBody) => BankQrSimulator
  /** A bank's inquiry at our gateway. */
  readonly askGateway: (bank: BankQrSimulator, path: string) => Promise<AttemptAnswer>
}
