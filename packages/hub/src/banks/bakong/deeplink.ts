import { isLoopbackHost } from '../../kit/address.ts'
import type { CallContext } from '../../kit/call.ts'
import type { Deadline } from '../../kit/deadline.ts'
import { isJsonObject } from '../../kit/json.ts'
import type { Exchange } from '../../kit/trouble.ts'
import type { DeeplinkSource } from '../bank.ts'
import { askFreely, trouble } from './api.ts'
import type { Parts } from './api.ts'
import { sayCode } from './envelope.ts'

const longestLink = 2_000

/** `link` is undefined where Bakong gives none. It is another one each time, and never proof of anything. Throws `Trouble`. */
export async function makeDeeplink(
  parts: Parts,
  order: { readonly qrString: string; readonly source?: DeeplinkSource | undefined },
  context: CallContext,
  deadline: Deadline,
): Promise<{ readonly link: string | undefined; readonly exchange: Exchange }> {
  const sourceInfo = order.source ?? parts.settings.source
  const body = { qr: order.qrString, ...(sourceInfo === undefined ? {} : { sourceInfo }) }
  const { envelope, exchange } = await askFreely(parts, { operation: 'deeplink', body }, context, deadline)
  if (!envelope.isSuccess) throw trouble(parts, 'deeplink', 'error_answer', sayCode(envelope), { exchange })
  const link = isJsonObject(envelope.data) ? envelope.data['shortLink'] : undefined
  if (link === undefined || link === null || link === '') return { link: undefined, exchange }
  if (isLink(link, parts.sandbox)) return { link, exchange }
  throw trouble(parts, 'deeplink', 'unreadable', 'its shortLink is no https:// address', { exchange })
}

/** It becomes the target of a button on our page: nothing else than a web address may. */
function isLink(link: unknown, sandbox: boolean): link is string {
  if (typeof link !== 'string' || link.length > longestLink || !URL.canParse(link)) return false
  const { protocol, hostname } = new URL(link)
  return protocol === 'https:' || (sandbox && protocol === 'http:' && isLoopbackHost(hostname))
}
