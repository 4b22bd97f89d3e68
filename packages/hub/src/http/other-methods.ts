import type { FastifyInstance, HTTPMethods, RouteShorthandOptions } from 'fastify'
import { Refusal } from '../domain/errors.ts'

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** How the routes below are refused, and whom they let in: as the surface does, unless told. */
type Told = Pick<RouteShorthandOptions, 'errorHandler' | 'config'>

/** 405 for the methods that these paths do not have; `Allow` names those that they have. */
export function refuseOtherMethods(
  surface: FastifyInstance,
  routes: readonly { readonly method: string; readonly path: string }[],
  told: Told = {},
): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const there = routes.filter((route) => route.path === path).map((route) => route.method)
    surface.route({
      ...told,
      method: methods.filter((method) => !there.includes(method)),
      url: path,
      handler: (request, reply) => {
        reply.header('Allow', there.join(', '))
        throw new Refusal('METHOD_NOT_ALLOWED', `${request.method} is not allowed here`, {
          details: `There is ${there.join(' and ')}`,
        })
      },
    })
  }
}

/** 404 for everything below these paths that nobody mounted, and for them. */
export function refuseOtherPaths(surface: FastifyInstance, roots: readonly string[], told: Told = {}): void {
  for (const url of roots.flatMap((root) => [root, `${root}/*`])) {
    surface.route({
      ...told,
      method: [...methods],
      url,
      handler: (request) => {
        const details = `${request.method} ${request.url.slice(0, 200)}`
        throw new Refusal('RESOURCE_NOT_FOUND', 'No such path', { details })
      },
    })
  }
}
