import { refused } from './answers.ts'
import { type Payway, signedRoute } from './gate.ts'
import type { Operation } from './hash.ts'
import { readMerchantAuth } from './merchant-auth.ts'
import type { Answer, Fault, Route, RouteRequest } from './ports.ts'

export type Secrets = Readonly<Record<string, unknown>>

type PortalCall = {
  readonly operation: Operation
  /** After the merchant portal's own path. */
  readonly path: string
  readonly plays?: readonly string[]
  /** `secrets`: what `merchant_auth` holds. */
  readonly answer: (secrets: Secrets, fault: Fault | undefined, request: RouteRequest) => Answer
}

/** A call of the merchant portal: what it is about stands in `merchant_auth`, which PayWay alone can open. */
export function portalRoute(payway: Payway, call: PortalCall): Route[] {
  return signedRoute(payway, {
    operation: call.operation,
    path: `/api/merchant-portal/merchant-access/${call.path}`,
    style: 'portal',
    strangerCode: 'PTL62',
    required: ['merchant_auth'],
    plays: call.plays ?? [],
    answer: ({ merchant_auth: text = '' }, request) => {
      const secrets = readMerchantAuth(text, payway.settings.rsaPrivateKey)
      if (secrets?.['mc_id'] !== payway.settings.merchantId) return refused('portal', 'PTL62')
      return call.answer(secrets, request.fault, request)
    },
  })
}

/** A text, or a number as its JSON text; empty where it is missing. */
export function textOf(secrets: Secrets, name: string): string {
  const value = secrets[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
