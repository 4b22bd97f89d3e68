import type { FastifyRequest } from 'fastify'

/** No other website plays the customer, or a bank's bad day, with the visitor's browser. */
export function isCrossSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = headers
  return origin !== undefined && origin !== `http://${headers.host ?? ''}`
}
