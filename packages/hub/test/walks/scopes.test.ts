import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused } from '../support/refused.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'

type Row = readonly [scope: string, method: string, path: string, status: number, code?: string]

// An empty body is a 400 on every POST route, so that 400 says "let in".
const gatewayRows: readonly Row[] = [
  ['bills:read', 'GET', '/AMK/payments?query=P123456789', 200],
  ['bills:read', 'GET', '/amk/payments?query=P123456789', 200],
  ['bank:AMK', 'GET', '/AMK/payments?query=P123456789', 200],
  ['bank:amk', 'GET', '/AMK/payments?query=P123456789', 200],
  ['bank:AMK bank:BANK01', 'GET', '/BANK01/payments?query=P123456789', 200],
  ['bank:AMK', 'GET', '/gateway/payments?query=P123456789', 200],
  ['bills:read', 'GET', '/gateway/payments?query=P123456789', 200],
  ['bills:read bank:AMK', 'GET', '/gateway/payments?query=P123456789', 200],
  ['', 'GET', '/AMK/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['khqr:create payments:read payments:write', 'GET', '/AMK/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['khqr:create', 'GET', '/gateway/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['BILLS:READ', 'GET', '/AMK/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['bills:reader', 'GET', '/AMK/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['bank:AMK', 'GET', '/BANK01/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['bank:AMK', 'GET', '/NOBANK/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['bank:AMK', 'GET', '/BANK03/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['bank:', 'GET', '/AMK/payments?query=P123456789', 403, 'FORBIDDEN'],
  ['bank:AMK', 'POST', '/AMK/payments', 400, 'BAD_REQUEST'],
  ['bank:AMK', 'POST', '/AMK/khqr', 400, 'BAD_REQUEST'],
  ['bank:AMK', 'POST', '/gateway/payments', 400, 'BAD_REQUEST'],
  ['bank:AMK', 'POST', '/gateway/khqr', 400, 'BAD_REQUEST'],
  ['bank:BANK03', 'GET', '/BANK03/payments?query=P123456789', 404, 'BANK_NOT_FOUND'],
  ['bank:BANK03', 'POST', '/BANK03/khqr', 400, 'BAD_REQUEST'],
  ['bank:BANK03', 'POST', '/BANK03/payments', 400, 'BAD_REQUEST'],
  ['bills:read', 'POST', '/AMK/payments', 403, 'FORBIDDEN'],
  ['bills:read', 'POST', '/gateway/payments', 403, 'FORBIDDEN'],
  ['payments:write', 'POST', '/AMK/khqr', 403, 'FORBIDDEN'],
  ['admin:*', 'POST', '/AMK/khqr', 403, 'FORBIDDEN'],
  ['bank:AMK', 'POST', '/BANK01/payments', 403, 'FORBIDDEN'],
  ['bank:AMK', 'POST', '/NOBANK/khqr', 403, 'FORBIDDEN'],
  ['bank:AMK bank:BANK01', 'POST', '/AMK/payments', 403, 'FORBIDDEN'],
  ['bank:AMK bank:BANK01', 'POST', '/gateway/khqr', 403, 'FORBIDDEN'],
  ['bank:NOBANK', 'POST', '/NOBANK/khqr', 404, 'BANK_NOT_FOUND'],
  ['bank:NOBANK', 'POST', '/gateway/khqr', 404, 'BANK_NOT_FOUND'],
]

const khqrRows: readonly Row[] = [
  ['khqr:create', 'GET', '/khqr?bankCode=AMK&billNumber=P123456789', 200],
  ['bills:read payments:read', 'GET', '/khqr?bankCode=AMK&billNumber=P123456789', 403, 'FORBIDDEN'],
  ['bank:AMK', 'GET', '/khqr?bankCode=AMK&billNumber=P123456789', 403, 'FORBIDDEN'],
  ['payments:read', 'GET', '/khqr/150001', 200],
  ['payments:read', 'GET', '/khqr/150001.png', 200],
  ['bills:read', 'GET', '/khqr/150001', 403, 'FORBIDDEN'],
  ['bills:read', 'GET', '/khqr/150001.svg', 403, 'FORBIDDEN'],
  ['bank:AMK', 'GET', '/khqr/150001', 403, 'FORBIDDEN'],
]

const integrationRows: readonly Row[] = [
  ['bills:read', 'GET', '/integration/premiums/P123456789', 200],
  ['khqr:create payments:read', 'GET', '/integration/premiums/P123456789', 403, 'FORBIDDEN'],
  ['bank:AMK', 'GET', '/integration/premiums/P123456789', 403, 'FORBIDDEN'],
]

// Each row breaks every later check as well: the answer shows which check came first.
const orderRows: readonly Row[] = [
  ['none', 'GET', '/NOBANK/payments?query=!', 401, 'UNAUTHORIZED'],
  ['khqr:create', 'GET', '/NOBANK/payments?query=!', 403, 'FORBIDDEN'],
  ['bills:read', 'GET', '/NOBANK/payments?query=!', 404, 'BANK_NOT_FOUND'],
  ['bills:read', 'GET', '/BANK03/payments?query=!', 404, 'BANK_NOT_FOUND'],
  ['bills:read', 'GET', '/AMK/payments?query=!', 400, 'BAD_REQUEST'],
  ['bills:read', 'GET', '/AMK/payments?query=P999999999', 404, 'RESOURCE_NOT_FOUND'],
  ['none', 'POST', '/NOBANK/payments', 401, 'UNAUTHORIZED'],
  ['bills:read', 'POST', '/NOBANK/payments', 403, 'FORBIDDEN'],
]

const khqrOrderRows: readonly Row[] = [
  ['none', 'GET', '/khqr?bankCode=NOBANK&billNumber=!', 401, 'UNAUTHORIZED'],
  ['bills:read', 'GET', '/khqr?bankCode=NOBANK&billNumber=!', 403, 'FORBIDDEN'],
  ['khqr:create', 'GET', '/khqr?bankCode=NOBANK&billNumber=!', 404, 'BANK_NOT_FOUND'],
  ['khqr:create', 'GET', '/khqr?bankCode=AMK&billNumber=!', 400, 'VALIDATION_ERROR'],
  ['khqr:create', 'GET', '/khqr?bankCode=AMK&billNumber=P999999999', 404, 'RESOURCE_NOT_FOUND'],
  ['khqr:create', 'GET', '/khqr/x', 400, 'VALIDATION_ERROR'],
  ['khqr:create', 'GET', '/khqr/199999', 404, 'RESOURCE_NOT_FOUND'],
]

test('scopes decide who may do what, and the checks come in order', async (t) => {
  const hub = await startTestHub(t)
  await hub.bill()
  const surfaces = [
    ['gateway', hub.gateway, [...gatewayRows, ...orderRows]],
    ['khqr', hub.khqr, [...khqrRows, ...khqrOrderRows]],
    ['integration', hub.integration, integrationRows],
  ] as const
  for (const [name, ask, rows] of surfaces) {
    for (const row of rows) {
      const [scope, method, path, status] = row
      await t.test(`${name}: ${method} ${path} with "${scope}" is ${status}`, () => check(hub, ask, row))
    }
  }
})

async function check(hub: TestHub, ask: TestHub['gateway'], [scope, method, path, status, code]: Row): Promise<void> {
  const token = scope === 'none' ? 'unknown' : hub.token(scope)
  const answer = await ask(method, path, { token, ...(method === 'POST' ? { body: '' } : {}) })
  if (code === undefined) assert.equal(answer.status, status, answer.text)
  else assertRefused(answer, status, code)
}
