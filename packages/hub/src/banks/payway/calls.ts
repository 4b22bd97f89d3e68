import type { SignedOperation } from './sign.ts'

/** How one operation is called. */
export type CallShape = {
  readonly path: string
  /** What the time of the request is called: the portal's operations have a longer word for it. */
  readonly time: 'req_time' | 'request_time'
  readonly body: 'json' | 'multipart'
  /** Whether it changes nothing: only then is it sent again by itself after trouble. */
  readonly repeatable: boolean
  /** Calls a minute that PayWay answers for one merchant id; undefined: more than we ever send. */
  readonly perMinute?: number
}

const payments = '/api/payment-gateway/v1/payments'
const portal = '/api/merchant-portal/merchant-access'
const credential = '/api/payment-credential/v3'
const read = { time: 'req_time', body: 'json', repeatable: true } as const
/** What is counted is not sent again by itself: that would be a call that nobody counted. */
const counted = { ...read, repeatable: false } as const
const act = { time: 'req_time', body: 'json', repeatable: false } as const
const portalAct = { time: 'request_time', body: 'json', repeatable: false } as const

/** Every operation that we call, by its name in the table of signatures. All are POST. */
export const calls = {
  purchase: { ...act, path: `${payments}/purchase`, body: 'multipart' },
  'generate-qr': { ...act, path: `${payments}/generate-qr` },
  'check-transaction': { ...read, path: `${payments}/check-transaction-2` },
  'transaction-detail': { ...counted, path: `${payments}/transaction-detail`, perMinute: 10 },
  'transaction-list': { ...counted, path: `${payments}/transaction-list-2`, perMinute: 50 },
  'close-transaction': { ...act, path: `${payments}/close-transaction` },
  'exchange-rate': { ...read, path: '/api/payment-gateway/v1/exchange-rate' },
  'transactions-by-ref': { ...counted, path: `${payments}/get-transactions-by-mc-ref`, perMinute: 10 },
  refund: { ...portalAct, path: `${portal}/online-transaction/refund` },
  'payment-link-create': { ...portalAct, path: `${portal}/payment-link/create`, body: 'multipart' },
  'payment-link-detail': { ...portalAct, path: `${portal}/payment-link/detail` },
  'payment-link-void': { ...portalAct, path: `${portal}/payment-link/void` },
  'cof-link-account': { ...portalAct, path: `${credential}/aof/link-account` },
  'cof-payment': { ...portalAct, path: '/api/payment-gateway/v3/purchase/payment-credential' },
  'cof-renew-token': { ...portalAct, path: `${credential}/token-management/renew-expired-account-token` },
  'cof-remove-token': { ...portalAct, path: `${credential}/token-management/remove-token` },
  'cof-token-details': { ...portalAct, path: `${credential}/token-management/get-token-details` },
} as const satisfies Partial<Record<SignedOperation, CallShape>>

export type CalledOperation = keyof typeof calls

/** Not called by us: the customer's browser posts this form. */
export const linkCardPath = `${credential}/cof/link-card`
