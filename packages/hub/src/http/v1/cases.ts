import { Type } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import { caseKinds } from '../../domain/match.ts'
import { bookConfirmation } from '../../flows/book-confirmation.ts'
import { closeCase } from '../../flows/close-case.ts'
import { caseOutcomes, listCases, readCase } from '../../store/cases.ts'
import { bankCode, paymentId, reason, rowId, rowNumber, wordOf } from './fields.ts'
import { readListFilter } from './list-filter.ts'
import { listFields, listOf, readNumberedPage } from '../list.ts'
import { acting, reading, type Route } from './route.ts'
import { viewOfCase } from './views.ts'

const id = Type.Object({ id: rowId('case') }, { additionalProperties: false })

export const caseRoutes: readonly Route[] = [
  reading({
    path: '/v1/cases',
    scopes: ['money:operate'],
    does: 'lists cases, the newest first',
    params: Type.Object({}),
    query: Type.Object(
      {
        state: Type.Optional(wordOf(['open', 'closed'])),
        kind: Type.Optional(wordOf(caseKinds)),
        bank: Type.Optional(bankCode),
        payment: Type.Optional(paymentId),
        ...listFields,
      },
      { additionalProperties: false },
    ),
    read: async (hub, query) => {
      const { limit, before } = readNumberedPage('cases', query)
      const rows = await listCases(hub.db, {
        state: query.state,
        kind: query.kind,
        ...(await readListFilter(hub.db, query)),
        before,
        most: limit + 1,
      })
      return listOf('cases', limit, rows, { place: (row) => row.id, view: viewOfCase })
    },
  }),
  reading({
    path: '/v1/cases/:id',
    scopes: ['money:operate'],
    does: 'shows a case with its evidence',
    params: id,
    query: Type.Object({}, { additionalProperties: false }),
    read: async (hub, given) => {
      const found = await readCase(hub.db, rowNumber(given.id))
      if (!found) throw new Refusal('RESOURCE_NOT_FOUND', 'No such case', { details: `Case: ${given.id}` })
      return viewOfCase(found)
    },
  }),
  acting({
    path: '/v1/cases/:id/close',
    key: 'honoured',
    does: 'closes an open case, once',
    params: id,
    body: Type.Object({ outcome: wordOf(caseOutcomes), reason }, { additionalProperties: false }),
    objectId: (params) => params.id,
    act: (hub, asker, { id: given, ...decision }, once) =>
      closeCase(hub, asker, rowNumber(given), { operator: asker.operator, ...decision }, once),
    view: viewOfCase,
  }),
  acting({
    path: '/v1/cases/:id/book',
    key: 'required',
    does: 'books the money of a refused counter confirmation that the bank statement shows, and closes the case',
    params: id,
    body: Type.Object(
      {
        statement_line: Type.String({
          minLength: 1,
          maxLength: 200,
          description: 'must be 1 to 200 characters that find the money on the bank statement',
        }),
        reason,
      },
      { additionalProperties: false },
    ),
    objectId: (params) => params.id,
    act: (hub, asker, given, once) =>
      bookConfirmation(
        hub,
        asker,
        rowNumber(given.id),
        { statementLine: given.statement_line, reason: given.reason },
        once,
      ),
    view: viewOfCase,
  }),
]
