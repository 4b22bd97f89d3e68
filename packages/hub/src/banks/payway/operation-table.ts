import type { Operation } from '../operation.ts'
import type { CalledOperation } from './calls.ts'

export type OperationField = Operation['fields'][number] & {
  /** PayWay wants it in base64, and whoever gives it does not. */
  readonly inBase64?: true
  /** Where our callbacks come to, unless given. */
  readonly isCallback?: true
}

export type OperationRow = {
  readonly does: string
  readonly movesMoney?: true
  /** What must be switched on; `either`: one of the two. */
  readonly needs?: 'account' | 'card' | 'either'
  /** Its fields go into `merchant_auth`, which only PayWay can read. */
  readonly isSealed?: true
  readonly fields: readonly OperationField[]
}

const must = (name: string, about: string): OperationField => ({ name, required: true, about })
const may = (name: string, about: string): OperationField => ({ name, required: false, about })

const amount = must('amount', 'decimal text: 10.00, or 4000 of KHR')
const currency = must('currency', 'USD or KHR')
const ctid = must('ctid', 'who the customer is, in our own words')
const pwt = must('pwt', 'the token of the account or card')
const requestId = must('request_id', 'our own name of the linking, never used before')
const tokenFlag = must('token_flag', 'what the token is for, such as CITI_FLEX')
const callback: OperationField = {
  ...may('callback_url', 'where the outcome is told; ours, unless given'),
  inBase64: true,
  isCallback: true,
}
const deeplink: OperationField = {
  ...may('return_deeplink', 'JSON with android_scheme and ios_scheme'),
  inBase64: true,
}
const linkId = must('id', 'of the link, as payment-link-create answered it')

/** Beside what payments need. The browser's form has no call of ours. */
export const operationTable = {
  'exchange-rate': { does: 'tells the rates of the day', fields: [] },
  'check-transaction': {
    does: 'tells how a transaction of the last 7 days stands',
    fields: [must('tran_id', 'of the transaction')],
  },
  'transaction-detail': {
    does: 'tells everything about a transaction; ten calls a minute',
    fields: [must('tran_id', 'of the transaction')],
  },
  'transaction-list': {
    does: 'lists transactions of at most three days; fifty calls a minute',
    fields: [
      must('from_date', 'YYYY-MM-DD HH:mm:ss in UTC+7'),
      must('to_date', 'as above'),
      may('from_amount', 'decimal text'),
      may('to_amount', 'decimal text'),
      may('status', 'such as APPROVED,REFUNDED'),
      may('page', 'from 1 on'),
      may('pagination', 'rows of one page, at most 1000'),
    ],
  },
  'transactions-by-ref': {
    does: 'lists the last 50 payments of a printed code; ten calls a minute',
    fields: [must('merchant_ref', 'of the code')],
  },
  'payment-link-create': {
    does: 'makes a link that anybody can pay',
    isSealed: true,
    fields: [
      must('title', 'at most 250 characters'),
      amount,
      currency,
      may('description', 'at most 250 characters'),
      may('payment_limit', 'how many may pay it'),
      may('expired_date', 'when it ends; never, unless given'),
      may('merchant_ref_no', 'our own name of it, at most 50 characters'),
      { ...callback, name: 'return_url' },
    ],
  },
  'payment-link-detail': { does: 'tells how a link stands', isSealed: true, fields: [linkId] },
  'payment-link-void': { does: 'ends a link', isSealed: true, fields: [linkId] },
  'cof-link-account': {
    does: 'makes the code by which a customer links his account',
    needs: 'account',
    fields: [ctid, requestId, tokenFlag, currency, deeplink, callback],
  },
  'cof-link-card': {
    does: 'makes the form by which a customer links his card, for his browser to post',
    needs: 'card',
    fields: [
      ctid,
      requestId,
      tokenFlag,
      may('frequency', '1W, 1M or 2M'),
      may('amount', 'decimal text'),
      may('currency', 'USD or KHR'),
      may('continue_success_url', 'where the browser goes afterwards'),
      callback,
    ],
  },
  'cof-payment': {
    does: "takes money from a customer's linked account or card",
    movesMoney: true,
    needs: 'either',
    fields: [
      must('tran_id', 'ours, at most 20 letters, digits and -, never used before'),
      amount,
      currency,
      ctid,
      pwt,
      tokenFlag,
      { ...may('items', 'JSON: [{"name","quantity","price"}]'), inBase64: true },
      may('first_name', 'of the customer'),
      may('last_name', 'of the customer'),
      may('email', 'of the customer'),
      may('phone', 'of the customer'),
      may('purchase_type', 'purchase or pre-auth'),
      callback,
      { ...may('custom_fields', 'JSON'), inBase64: true },
      may('return_params', 'comes back with the callback'),
      { ...may('payout', 'JSON'), inBase64: true },
      may('shipping_fee', 'decimal text'),
    ],
  },
  'cof-renew-token': {
    does: 'asks the customer to renew the token of his account',
    needs: 'account',
    fields: [ctid, pwt, requestId],
  },
  'cof-remove-token': { does: 'ends a token', needs: 'either', fields: [ctid, pwt] },
  'cof-token-details': { does: 'tells how a linking stands', needs: 'either', fields: [requestId] },
} as const satisfies Partial<Record<CalledOperation | 'cof-link-card', OperationRow>>

export type TabledOperation = keyof typeof operationTable
