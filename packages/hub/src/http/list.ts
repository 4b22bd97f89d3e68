import { Type } from 'typebox'
import { Refusal } from '../domain/errors.ts'
import { isId } from '../kit/ids.ts'

const usualLimit = 20

/** What every list takes. */
export const listFields = {
  limit: Type.Optional(
    Type.String({ pattern: '^(?:[1-9]\\d?|100)$', description: 'must be how many to list: 1 to 100, 20 unless given' }),
  ),
  cursor: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{4,200}$',
      description: 'must be a next_cursor of this list, unchanged',
    }),
  ),
}

/** Which part of a list is asked for. */
type Page = {
  readonly limit: number
  /** Where the part before ended; undefined at the beginning. */
  readonly after: string | undefined
}

/** Reads `limit` and `cursor` of a list. Throws BAD_REQUEST for a cursor that this list did not give out. */
function readPage(list: string, query: { readonly limit?: string; readonly cursor?: string }): Page {
  const limit = query.limit === undefined ? usualLimit : Number(query.limit)
  if (query.cursor === undefined) return { limit, after: undefined }
  const [name, after, ...more] = Buffer.from(query.cursor, 'base64url').toString('utf8').split(' ')
  if (name === list && after !== undefined && /^[0-9a-z_]{1,60}$/.test(after) && more.length === 0)
    return { limit, after }
  throw noCursor()
}

/** Reads them for a list ordered by a row's number. */
export function readNumberedPage(
  list: string,
  query: { readonly limit?: string; readonly cursor?: string },
): { readonly limit: number; readonly before: number | undefined } {
  const { limit, after } = readPage(list, query)
  if (after === undefined) return { limit, before: undefined }
  if (/^[1-9]\d{0,14}$/.test(after)) return { limit, before: Number(after) }
  throw noCursor()
}

/** Reads them for a list ordered by ids that the hub made. */
export function readIdPage(
  list: string,
  prefix: string,
  query: { readonly limit?: string; readonly cursor?: string },
): { readonly limit: number; readonly before: string | undefined } {
  const { limit, after } = readPage(list, query)
  if (after === undefined || isId(prefix, after)) return { limit, before: after }
  throw noCursor()
}

/** `{data, has_more, next_cursor}` of rows that were read one more than the limit. There are no totals. */
export function listOf<Row>(
  list: string,
  limit: number,
  rows: readonly Row[],
  how: { readonly place: (row: Row) => string | number; readonly view: (row: Row) => object },
): { readonly data: readonly object[]; readonly has_more: boolean; readonly next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return {
    data: shown.map(how.view),
    has_more: hasMore,
    next_cursor: hasMore ? Buffer.from(`${list} ${how.place(last)}`).toString('base64url') : null,
  }
}

function noCursor(): Refusal {
  return new Refusal('BAD_REQUEST', 'The cursor is not one of this list', {
    details: { cursor: 'must be a next_cursor of this list, unchanged' },
  })
}
