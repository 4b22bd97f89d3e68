import Fastify, { type FastifyInstance } from 'fastify'
import { Agent } from 'undici'
import { BakongSimulator } from '../../banks/bakong/simulator/bakong-simulator.ts'
import { BankQrSimulator } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import { qrPicture } from '../../banks/bank-qr/simulator/picture.ts'
import type { Message } from '../../banks/payway/simulator/ports.ts'
import { PaywaySimulator } from '../../banks/payway/simulator/payway-simulator.ts'
import {
  createPolicySystems,
  type PolicySystemSimulator,
} from '../../billers/policy-system/simulator/policy-systems.ts'
import type { CompleteConfig } from './config.ts'
import { serveControl } from './control.ts'
import { ControlRefusal } from './control-body.ts'
import { Deliveries } from './deliveries.ts'
import { callGateway } from './delivery-attempt.ts'
import { type FaultTable, openFaults, webhookFaults } from './faults.ts'
import { servePhone } from './phone/phone.ts'
import { playRoute } from './play-route.ts'
import { openRecordFile, type FileRecord, type RecordFile } from './record-file.ts'
import type { World } from './world.ts'

const bodyLimitBytes = 1_048_576
/** So many of a bank's messages to us may be on their way at once. */
const connectionsToUs = 256
const connectTimeoutMs = 5_000

export type SimulatorHost = { readonly port: number; close(): Promise<void> }

/** Opens the file, takes back what was believed, and listens. */
export async function startSimulator(config: CompleteConfig): Promise<SimulatorHost> {
  let file: RecordFile | undefined
  const opened = (): RecordFile => {
    if (!file) throw new Error('A record was written before the file was open.')
    return file
  }
  const agent = new Agent({ connections: connectionsToUs, connect: { timeout: connectTimeoutMs } })
  const { world, recall, begin } = createWorld(config, opened, agent)
  file = await openRecordFile(config.dataFile, recall)
  begin()
  await file.durable()
  const app = createApp(world)
  await listen(app, config)
  world.deliveries.begin()
  const address = app.server.address()
  return {
    port: typeof address === 'object' && address ? address.port : config.port,
    async close() {
      world.deliveries.stop()
      await app.close()
      await agent.destroy()
      await opened().close()
    },
  }
}

async function listen(app: FastifyInstance, { bind, port }: CompleteConfig): Promise<void> {
  try {
    await app.listen({ host: bind, port })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `The simulator cannot listen on ${bind}:${port} (${why}); free the port or choose another, 0 for any.`,
      {
        cause,
      },
    )
  }
}

function createWorld(config: CompleteConfig, file: () => RecordFile, agent: Agent) {
  const nowMs = Date.now
  const keepFor = (who: string) => (record: FileRecord) => file().append({ who, ...record })
  const banks = new Map<string, BankQrSimulator>()
  for (const [code, settings] of Object.entries(config.banks)) {
    banks.set(code, new BankQrSimulator(code, settings, { nowMs, keep: keepFor(code) }))
  }
  const bakong = new Map<string, BakongSimulator>()
  for (const [code, settings] of Object.entries(config.bakong ?? {})) {
    bakong.set(code, new BakongSimulator(code, settings, { nowMs, keep: keepFor(code) }))
  }
  const payway = playPayway(config, keepFor, () => ({ deliveries, faults }))
  const policySystems = createPolicySystems(config.policySystems, (name) => ({ nowMs, keep: keepFor(name) }))
  const faults = openFaults(
    faultTargets([...banks.values()], [...bakong.values()], [...payway.values()], policySystems),
    keepFor('faults'),
  )
  const tokenOf = (bank: string): string | undefined => banks.get(bank)?.settings.bankToken
  const deliveries = new Deliveries({
    file,
    agent,
    faults,
    tokenOf,
    nowMs,
    gatewayUrl: config.gatewayUrl,
    redeliverAfterMs: config.redeliverAfterMs,
    onEnd({ bank, purpose, transactionId }, state) {
      if (purpose !== 'confirmation') return
      const { book } = banks.get(bank) ?? {}
      // One of several equal confirmations that was taken is enough.
      if (state === 'delivered') book?.settleCounterPayment(transactionId, 'SUCCESS')
      else if (book?.counterPayment(transactionId)?.status === 'PENDING') {
        book.settleCounterPayment(transactionId, 'REFUSED')
      }
    },
  })
  const world: World = {
    banks,
    bakong,
    payway,
    policySystems,
    faults,
    deliveries,
    nowMs,
    durable: () => file().durable(),
    bank: (body) => banks.get(body.oneOf('bank', [...banks.keys()])) as BankQrSimulator,
    askGateway: (bank, path) =>
      callGateway({ agent, gatewayUrl: config.gatewayUrl }, 'GET', path, bank.settings.bankToken),
  }
  const recallers = new Map<unknown, { recall: (record: FileRecord) => void }>([
    ...banks,
    ...bakong,
    ...payway,
    ...policySystems.map((system) => [system.name, system] as const),
    ['faults', faults],
    ['deliveries', deliveries],
  ])
  return {
    world,
    /** A line of a bank that is no longer configured is kept in the file and passed over. */
    recall: (record: FileRecord) => recallers.get(record['who'])?.recall(record),
    begin: () => policySystems.forEach((system) => system.begin()),
  }
}

type Later = { readonly deliveries: Deliveries; readonly faults: FaultTable }

/** `later`: what is made after the banks, and asked for once all is. */
function playPayway(
  config: CompleteConfig,
  keepFor: (who: string) => (record: FileRecord) => void,
  later: () => Later,
): Map<string, PaywaySimulator> {
  const entries = Object.entries(config.payway ?? {}).map(([code, settings]) => {
    const tell = (messages: readonly Message[]): void =>
      later().deliveries.tellInOrder(
        messages.map(({ url, method, headers, body, tranId, transactionId, firstAtMs }) => ({
          bank: code,
          purpose: 'callback',
          path: url,
          body,
          as: { method, headers },
          reference: tranId,
          transactionId,
          firstAtMs,
        })),
      )
    const ports = { nowMs: Date.now, keep: keepFor(code), tell, picture: qrPicture }
    const isRotated = (): boolean => later().faults.find(code, 'webhook')?.fault === 'key-expired'
    return [code, new PaywaySimulator(code, settings, ports, isRotated)] as const
  })
  return new Map(entries)
}

function faultTargets(
  banks: readonly BankQrSimulator[],
  bakong: readonly BakongSimulator[],
  payway: readonly PaywaySimulator[],
  policySystems: readonly PolicySystemSimulator[],
) {
  const targets = new Map<string, Record<string, readonly string[]>>()
  for (const bank of banks) {
    const operations = Object.fromEntries(
      bank.routes.map(({ operation }) => [operation, bank.ownFaults[operation] ?? []]),
    )
    targets.set(bank.code, { ...operations, webhook: webhookFaults })
  }
  for (const bank of bakong) targets.set(bank.code, bank.ownFaults)
  for (const bank of payway) {
    targets.set(bank.code, { ...bank.ownFaults, webhook: [...webhookFaults, 'key-expired'] })
  }
  for (const system of policySystems) targets.set(system.name, system.ownFaults)
  return targets
}

function createApp(world: World): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: { message: `The simulator has no ${request.method} ${request.url}; GET / lists what is here.` },
    }),
  )
  app.setErrorHandler((reason, _request, reply) => {
    if (reason instanceof ControlRefusal) {
      const { field, value, message, more } = reason
      return reply.code(reason.status).send({ error: { field, value, message }, ...more })
    }
    const status = (reason as { statusCode?: number }).statusCode ?? 500
    return reply.code(status).send({ error: { message: reason instanceof Error ? reason.message : String(reason) } })
  })
  for (const bank of world.banks.values()) {
    for (const route of bank.routes) playRoute(app, route, { target: bank.code, ...world })
  }
  for (const bank of world.bakong.values()) {
    for (const route of bank.routes) playRoute(app, route, { target: bank.code, ...world })
  }
  for (const bank of world.payway.values()) {
    for (const route of bank.routes) playRoute(app, route, { target: bank.code, ...world })
  }
  for (const system of world.policySystems) {
    for (const route of system.routes) playRoute(app, route, { target: system.name, ...world })
  }
  serveControl(app, world)
  servePhone(app, world)
  return app
}
