import type { VerifyKeys } from '../../src/banks/bank.ts'
import { createBank } from '../../src/banks/registry.ts'
import { createBankKeeper } from '../../src/config/bank-keeping.ts'
import { systemClock } from '../../src/kit/clock.ts'
import { md5Hex } from '../../src/kit/crypto.ts'
import { createHttpClient } from '../../src/kit/http-client.ts'
import { createLog } from '../../src/kit/log.ts'
import { createMetrics } from '../../src/kit/metrics.ts'
import { Trouble } from '../../src/kit/trouble.ts'
import { type DatabaseAddress, openDatabase } from '../../src/store/db.ts'

/** What the process is told, as JSON in its first argument. */
export type AskOrder = {
  readonly address: DatabaseAddress
  readonly bankUrl: string
  readonly token: string
  readonly perDay: number
}

// A process of its own, to be killed: asks the counted bank once about one code, and says what became of it.
const order = JSON.parse(process.argv[2] ?? '') as AskOrder
const db = openDatabase(order.address, { poolSize: 2, onError: () => {} })
const keeper = createBankKeeper(db, undefined, systemClock.now)
const connector = {
  'base-url': order.bankUrl,
  'account-id': 'sample_shop@devb',
  'merchant-name': 'Sample Shop',
  token: order.token,
}
const http = createHttpClient(systemClock)
const log = createLog({ level: 'silent', pretty: false })
const { bank } = createBank(
  'BAKONG',
  { raw: connector },
  { http, clock: systemClock, metrics: createMetrics(), log, sandbox: true },
  keeper.of('BAKONG', { statusCalls: { perDay: order.perDay, reserve: 0 }, connector }),
)
const account: VerifyKeys['account'] = {
  id: 1,
  bankCode: 'BAKONG',
  accountNumber: 'sample_shop@devb',
  currency: 'USD',
  storeId: '',
  terminalId: '',
  payeeAccount: 'sample_shop@devb',
  payeeMerchantId: undefined,
  active: true,
}
const now = Date.now()
const code = {
  reference: '150001',
  qrString: 'a made-up code',
  md5: md5Hex('a made-up code'),
  amount: { amountMinor: 1_250n, currency: 'USD' as const },
  createdAt: new Date(now - 60_000),
  expiresAt: new Date(now + 540_000),
}
const said = await bank
  .verify({ reference: '150001', account, codes: [code], unshown: [] }, { correlationId: 'test-1' })
  .then(
    ({ state }) => state,
    (error: unknown) => (error instanceof Trouble ? error.kind : String(error)),
  )
process.stdout.write(said)
await http.close()
await db.close()
