import type { ServerResponse } from 'node:http'
import { after } from 'node:test'
import { systemClock } from '../../kit/clock.ts'
import type { ConnectorTools } from '../../kit/guard.ts'
import { createHttpClient } from '../../kit/http-client.ts'
import { startLocalServer } from '../../kit/test-local-server.ts'
import type { ReceivedRequest } from '../../kit/test-local-server.ts'
import { createLog } from '../../kit/log.ts'
import { createMetrics } from '../../kit/metrics.ts'
import type { Biller } from '../biller.ts'
import { createBiller } from '../registry.ts'

/** For tests: policy systems over real HTTP whose answers a test writes itself, and our connectors to them. */

const http = createHttpClient(systemClock)
after(() => http.close())

export const time = { shiftMs: 0 }

export function testTools(): ConnectorTools {
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + time.shiftMs }
  return { http, clock, metrics: createMetrics(), log: createLog({ level: 'silent', pretty: false }), sandbox: true }
}

/** Amounts as text, a key in a header, credits idempotent and found by path. */
export const asDlis = {
  auth: { kind: 'header', name: 'X-Api-Key', secret: 'sample-key' },
  prefixes: ['P'],
  'look-up': {
    path: '/policies/{number}',
    number: 'policy.number',
    payer: 'policy.payerName',
    amount: 'policy.premium.amount',
    currency: 'policy.premium.currency',
    'due-date': 'policy.premium.dueDate',
    email: 'policy.contact.email',
    phone: 'policy.contact.phone',
  },
  credit: {
    path: '/credits',
    body: {
      externalId: '{paymentNumber}',
      policyNumber: '{policyNumber}',
      amount: '{amount}',
      currency: '{currency}',
      dueDate: '{dueDate}',
      paidAt: '{paidAt}',
      channel: 'KHQR {bank}',
      transactionId: '{transactionId}',
    },
    reference: 'creditId',
    idempotent: true,
  },
  'find-credit': { path: '/credits/{paymentNumber}', reference: 'creditId' },
  'credit-note': {
    path: '/credit-notes',
    body: {
      externalId: '{refundId}',
      of: '{paymentNumber}',
      policyNumber: '{policyNumber}',
      amount: '{amount}',
      currency: '{currency}',
      reason: '{reason}',
      refundedAt: '{refundedAt}',
    },
    reference: 'creditNoteId',
    idempotent: true,
  },
  'find-credit-note': { path: '/credit-notes/{refundId}', reference: 'creditNoteId' },
}

/** Amounts as numbers, a bearer token, receipts that are not idempotent and found in a list. */
export const asIngenium = {
  auth: { kind: 'bearer', secret: 'sample-token' },
  prefixes: [''],
  'look-up': {
    path: '/inquiry?contractNo={number}',
    number: 'contractNo',
    payer: 'owner.fullName',
    amount: 'billing.due',
    currency: 'billing.ccy',
    'due-date': 'billing.dueOn',
  },
  credit: {
    path: '/receipts',
    body: { contractNo: '{policyNumber}', amount: '#amount', ccy: '{currency}', reference: '{paymentNumber}' },
    reference: 'receiptNo',
  },
  'find-credit': { path: '/receipts?reference={paymentNumber}', reference: 'receipts.0.receiptNo' },
  'credit-note': {
    path: '/reversals',
    body: { contractNo: '{policyNumber}', amount: '#amount', ccy: '{currency}', reference: '{refundId}' },
    reference: 'reversalNo',
  },
  'find-credit-note': { path: '/reversals?reference={refundId}', reference: 'reversals.0.reversalNo' },
}

export type Answer = (request: ReceivedRequest, response: ServerResponse, count: number) => void

export async function systemAnswering(name: string, settings: object, answer: Answer, tools = testTools()) {
  const server = await startLocalServer((request, response) => answer(request, response, server.requests.length))
  after(() => server.close())
  const biller: Biller = createBiller(name, { 'base-url': server.url, ...settings }, tools)
  return { biller, server, requests: server.requests }
}

export const sends =
  (status: number, body: string | object): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

export const silent: Answer = () => undefined

export function policy(number: string, premium: object | null) {
  return {
    policy: { number, payerName: 'Sok Dara', contact: { email: 'sok@example.com', phone: '012345678' }, premium },
  }
}

export const premium = { amount: '150.00', currency: 'USD', dueDate: '2026-02-15' }
