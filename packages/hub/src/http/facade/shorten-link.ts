import { verify } from '@khqr-hub/khqr'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { DeeplinkSource } from '../../banks/bank.ts'
import { Trouble } from '../../kit/trouble.ts'
import { askerOf } from '../server.ts'
import { openApiCodes, sendCode, sendData } from './answers.ts'
import type { Body, FacadeWorld } from './facade.ts'
import { refuseUnconfigured } from './refuse-unconfigured.ts'

const longestSourceText = 1_000

/** `{qr, sourceInfo?}`: the code is read and judged, and its short link is the bank's, or null where it gives none. */
export async function shortenLink(
  { hub }: FacadeWorld,
  request: FastifyRequest,
  reply: FastifyReply,
  body: Body,
): Promise<FastifyReply> {
  const { qr } = body
  if (typeof qr !== 'string')
    return sendCode(reply, openApiCodes.badFields, 'Missing required fields: qr is not a text')
  const { valid, reasons } = verify(qr, { now: hub.clock.now() })
  if (!valid) return sendCode(reply, openApiCodes.badFields, reasons[0]?.message ?? 'The KHQR is not valid')
  const source = readSource(body['sourceInfo'])
  if (source === 'wrong') {
    const sentence = 'sourceInfo must have appIconUrl, appName and appDeepLinkCallback as texts, or be left out'
    return sendCode(reply, openApiCodes.badFields, sentence)
  }
  const bank = [...hub.banks.values()].find((at) => at.active && at.bank.makeDeeplink)?.bank
  if (!bank?.makeDeeplink) refuseUnconfigured()
  try {
    const { correlationId, traceparent } = askerOf(request)
    const shortLink = await bank.makeDeeplink(qr, { correlationId, traceparent }, source)
    return sendData(reply, 'Getting deeplink successfully', { shortLink: shortLink ?? null })
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    return sendCode(reply, openApiCodes.linkTrouble, 'The deeplink provider cannot be used now; show the QR')
  }
}

function readSource(given: unknown): DeeplinkSource | undefined | 'wrong' {
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'object') return 'wrong'
  const { appIconUrl, appName, appDeepLinkCallback } = given as Record<string, unknown>
  return isText(appIconUrl) && isText(appName) && isText(appDeepLinkCallback)
    ? { appIconUrl, appName, appDeepLinkCallback }
    : 'wrong'
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestSourceText
}
