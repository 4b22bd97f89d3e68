import { Type } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import type { Hub } from '../../flows/hub.ts'
import type { Once } from '../../flows/idempotency.ts'
import { decideAct } from '../../flows/resolve-suspense.ts'
import { decideOnceOnAct } from '../../flows/resumed-decision.ts'
import { listActs, type ListedAct, readListedAct } from '../../store/acts.ts'
import type { Db } from '../../store/db.ts'
import { madeId, reason, rowId, rowNumber, wordOf } from './fields.ts'
import { listFields, listOf, readIdPage } from '../list.ts'
import { acting, type ActingAsker, reading, type Route } from './route.ts'
import { viewOfAct } from './views.ts'

const strict = { additionalProperties: false }
const id = Type.Object({ id: madeId('act') }, strict)
const why = Type.Object({ reason }, strict)

export const actRoutes: readonly Route[] = [
  reading({
    path: '/v1/acts',
    scopes: ['money:operate'],
    does: 'lists what was done with held money, or is asked for, the newest first',
    params: Type.Object({}),
    query: Type.Object(
      {
        status: Type.Optional(wordOf(['requires_approval', 'done', 'rejected'])),
        kind: Type.Optional(wordOf(['apply', 'write_off'])),
        suspense: Type.Optional(rowId('sus')),
        ...listFields,
      },
      strict,
    ),
    read: async (hub, query) => {
      const { limit, before } = readIdPage('acts', 'act', query)
      const suspenseId = query.suspense === undefined ? undefined : rowNumber(query.suspense)
      const { status, kind } = query
      const rows = await listActs(hub.db, { status, kind, suspenseId, before, most: limit + 1 })
      return listOf('acts', limit, rows, { place: (row) => row.id, view: viewOfAct })
    },
  }),
  reading({
    path: '/v1/acts/:id',
    scopes: ['money:operate'],
    does: 'shows an act',
    params: id,
    query: Type.Object({}, strict),
    read: async (hub, given) => viewOfAct(await knownAct(hub.db, given.id)),
  }),
  acting({
    path: '/v1/acts/:id/approve',
    key: 'required',
    does: 'agrees to an act that another operator asked for, and carries it out',
    params: id,
    body: why,
    objectId: (params) => params.id,
    act: (hub, asker, given, once) => decide(hub, asker, { ...given, approve: true }, once),
    view: viewOfAct,
  }),
  acting({
    path: '/v1/acts/:id/reject',
    key: 'required',
    does: "refuses an act that was asked for, or takes one's own back",
    params: id,
    body: why,
    objectId: (params) => params.id,
    act: (hub, asker, given, once) => decide(hub, asker, { ...given, approve: false }, once),
    view: viewOfAct,
  }),
]

/** Throws RESOURCE_NOT_FOUND. */
export async function knownAct(db: Db, actId: string): Promise<ListedAct> {
  const act = await readListedAct(db, actId)
  if (!act) throw new Refusal('RESOURCE_NOT_FOUND', 'No such act', { details: `Act: ${actId}` })
  return act
}

async function decide(
  hub: Hub,
  asker: ActingAsker,
  decision: { readonly id: string; readonly approve: boolean; readonly reason: string },
  once: Once<ListedAct>,
): Promise<ListedAct> {
  const status = decision.approve ? 'done' : 'rejected'
  await decideOnceOnAct(
    hub,
    once,
    (act) => act.status === status && act.decidedBy === asker.operator,
    () => decideAct(hub, asker, decision),
  )
  return knownAct(hub.db, decision.id)
}
