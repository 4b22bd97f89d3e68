import { answer, type KhqrAnswer, refusal } from './answer.ts'
import type { SourceInfo } from './information.ts'
import { verifyAsOfficial } from './verify.ts'

/** As long as the official SDK waits for the Bakong Open API, in milliseconds. */
const openApiDeadlineMs = 45_000

/** `url` ends in /v1/generate_deeplink_by_qr. Unlike the official SDK it sends the source along. */
export async function requestDeepLink(
  url: string,
  qr: string,
  sourceInfo: SourceInfo | null | undefined,
): Promise<KhqrAnswer<{ shortLink: string }>> {
  if (!isDeepLinkUrl(url)) return refusal('DEEP_LINK_URL_INVALID')
  if (!verifyAsOfficial(qr).isValid) return refusal('KHQR_INVALID')
  if (sourceInfo && !(sourceInfo.appIconUrl && sourceInfo.appName && sourceInfo.appDeepLinkCallback)) {
    return refusal('DEEP_LINK_SOURCE_INVALID')
  }
  const reply = await post(url, sourceInfo ? { qr, sourceInfo } : { qr })
  if (reply === undefined) return refusal('OPEN_API_UNREACHABLE')
  if (reply.errorCode === 5) return refusal('DEEP_LINK_SOURCE_INVALID')
  const shortLink = reply.data?.shortLink
  return typeof shortLink === 'string' ? answer({ shortLink }) : refusal('OPEN_API_ERROR')
}

/** Only the API's own "no such account" means no; every other refusal is an error, which the official SDK takes for no. */
export async function requestAccount(
  url: string,
  accountId: unknown,
): Promise<KhqrAnswer<{ bakongAccountExisted: boolean }>> {
  if (typeof accountId !== 'string') return refusal('ACCOUNT_INVALID')
  if (accountId.length > 32) return refusal('ACCOUNT_LENGTH')
  if (accountId.split('@').length !== 2) return refusal('ACCOUNT_INVALID')
  const reply = await post(url, { accountId })
  if (reply === undefined) return refusal('OPEN_API_UNREACHABLE')
  if (reply.responseCode === 0) return answer({ bakongAccountExisted: true })
  if (reply.errorCode === 11) return answer({ bakongAccountExisted: false })
  return refusal(reply.errorCode === 12 ? 'ACCOUNT_INVALID' : 'OPEN_API_ERROR')
}

type Reply = { responseCode?: number; errorCode?: number | null; data?: { shortLink?: unknown } | null }

/** The answer of the Open API, or undefined where there is none that can be read. */
async function post(url: string, body: unknown): Promise<Reply | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(openApiDeadlineMs),
    })
    const reply: unknown = response.ok ? await response.json() : undefined
    return typeof reply === 'object' && reply !== null ? reply : undefined
  } catch {
    // Refused, timed out, not JSON: the official SDK has one word for all of them.
    return undefined
  }
}

function isDeepLinkUrl(url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname === '/v1/generate_deeplink_by_qr'
}
