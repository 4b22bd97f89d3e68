import type { FastifyRequest } from 'fastify'
import { Refusal } from '../domain/errors.ts'

/**
 * Throws FORBIDDEN for a form that another site's page sent: nobody acts in a customer's name. Browsers say where a form
 * comes from; whatever says nothing is no browser, and acts in its own name. `ownAddress`: of any page of ours, as customers
 * reach it; `friends`: origins of sites that show our pages, whose scripts send these forms for their customers.
 */
export function refuseOtherSites(request: FastifyRequest, ownAddress: string, friends: readonly string[] = []): void {
  const { 'sec-fetch-site': site, origin } = request.headers
  if (origin !== undefined && friends.includes(origin)) return
  const isOther =
    typeof site === 'string'
      ? site === 'cross-site' || site === 'same-site'
      : isForeign([request.host, new URL(ownAddress).host], origin)
  if (isOther)
    throw new Refusal('FORBIDDEN', 'This form was sent from another site', { details: 'Open the page itself' })
}

/** A page that tells nobody where it is sends the origin "null". */
function isForeign(own: readonly string[], origin: string | undefined): boolean {
  if (origin === undefined || origin === 'null') return false
  return !URL.canParse(origin) || !own.includes(new URL(origin).host)
}
