import { Type } from 'typebox'
import type { BankAtWork } from '../../flows/hub.ts'
import { configuredBank, switchBank, type SwitchedBank } from '../../flows/switch-bank.ts'
import { listFields, listOf, readNumberedPage } from '../list.ts'
import { bankCode, reason } from './fields.ts'
import { acting, reading, type Route } from './route.ts'

const strict = { additionalProperties: false }
const code = Type.Object({ code: bankCode }, strict)
const scopes = ['payments:read', 'money:operate']

export const bankRoutes: readonly Route[] = [
  reading({
    path: '/v1/banks',
    scopes,
    does: 'lists the banks, by their numeric ids',
    params: Type.Object({}),
    query: Type.Object(listFields, strict),
    read: (hub, query) => {
      const { limit, before: last = 0 } = readNumberedPage('banks', query)
      const all = [...hub.banks.values()].sort((a, b) => a.numericId - b.numericId)
      const rows = all.filter((at) => at.numericId > last).slice(0, limit + 1)
      const page = {
        place: (at: BankAtWork) => at.numericId,
        view: (at: BankAtWork) => viewOfBank({ at, active: at.active }),
      }
      return Promise.resolve(listOf('banks', limit, rows, page))
    },
  }),
  reading({
    path: '/v1/banks/:code',
    scopes,
    does: 'shows a bank',
    params: code,
    query: Type.Object({}, strict),
    read: (hub, given) => {
      const at = configuredBank(hub, given.code)
      return Promise.resolve(viewOfBank({ at, active: at.active }))
    },
  }),
  acting({
    method: 'PATCH',
    path: '/v1/banks/:code',
    key: 'honoured',
    does: 'switches a bank on or off for new inquiries, codes and payments; what was opened before goes on',
    params: code,
    body: Type.Object(
      { active: Type.Boolean({ description: 'must be true to switch the bank on, false to switch it off' }), reason },
      strict,
    ),
    objectId: (params) => params.code.toUpperCase(),
    act: (hub, asker, given, once) => switchBank(hub, asker, given, once),
    view: viewOfBank,
  }),
]

/** A bank as it is shown, here and by the command line's --json: what it can do, and what its messages may do. */
export function viewOfBank({ at, active }: SwitchedBank) {
  const can = at.bank.describe()
  return {
    code: at.code,
    numeric_id: at.numericId,
    active,
    currencies: can.currencies,
    accounts: at.accounts.map((account) => ({
      account_number: account.accountNumber,
      currency: account.currency,
      active: account.active,
    })),
    verify: can.verify,
    calls_are_counted: can.callsAreCounted,
    refund: can.refund,
    bills_settle_by_notice: at.policy.noticeSettlesBills,
    khqr_settles_by_notice: at.policy.noticeSettlesKhqr,
    fallback: at.fallback,
  }
}
