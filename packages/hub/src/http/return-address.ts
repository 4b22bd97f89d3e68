import { Type } from 'typebox'
import { isClosedHost, isPrivateHost } from '../kit/address.ts'
import type { FieldErrors } from './read-input.ts'

/** The longest address of a shop that a page leads back to, in characters. */
const longestUrl = 1_000

const address = Type.Optional(
  Type.String({
    pattern: `^[\\x21-\\x7e]{1,${longestUrl}}$`,
    description: `must be an https address of at most ${longestUrl} characters, without a password in it`,
  }),
)

/** A shop's ways back from the page on which its customer pays. */
export const returnAddresses = { return_url: address, cancel_url: address }

/** What only reading tells of the ways back of a request. */
export function addressErrors(body: Readonly<Record<string, unknown>>, mode: 'sandbox' | 'live'): FieldErrors {
  return new Map(
    Object.keys(returnAddresses).flatMap((name): [string, string][] => {
      const wrong = addressProblem(body[name], mode)
      return wrong === undefined ? [] : [[name, wrong]]
    }),
  )
}

/** A customer is led there from our page: nothing that runs a script, and in live nothing that is not the open web. */
function addressProblem(text: unknown, mode: 'sandbox' | 'live'): string | undefined {
  if (typeof text !== 'string') return undefined
  if (!URL.canParse(text)) return 'is not an address such as https://shop.example/thanks'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'must not carry a username or password'
  // A page takes "https:shop.example" for a path of its own.
  const hasHost = /^https?:\/\/[^/\\]/i.test(text)
  if (mode === 'sandbox' && isPrivateHost(url.hostname) && url.protocol === 'http:' && hasHost) return undefined
  if (url.protocol !== 'https:' || !hasHost) return 'must begin with https:// and a host'
  return mode === 'live' && isClosedHost(url.hostname)
    ? 'leads into a private network, where no customer comes'
    : undefined
}
