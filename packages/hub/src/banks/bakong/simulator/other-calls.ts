import { randomBytes } from 'node:crypto'
import type { Book } from './book.ts'
import { refused, succeeded } from './envelope.ts'
import { everyonesFaults, fieldOf, jsonIn, refusedAtDoor, textIn } from './gate.ts'
import { readCode } from './khqr-code.ts'
import type { Answer, Route } from './ports.ts'
import type { BakongSimulatorSettings } from './settings.ts'
import type { Tokens } from './tokens.ts'

type Bakong = { readonly settings: BakongSimulatorSettings; readonly tokens: Tokens; readonly book: Book }

const longestEmail = 30
const longestAccount = 32
const sourceFields = ['appIconUrl', 'appName', 'appDeepLinkCallback']

/** The calls that ask for no transaction: they need no token and are not counted. */
export function playOtherCalls({ settings, tokens, book }: Bakong): Route[] {
  const account = (body: unknown): Answer => checkAccount(settings, body)
  const route = (operation: string, name: string, answer: (body: unknown) => Answer, plays: readonly string[] = []) =>
    openRoute({ operation, path: `/v1/${name}`, answer, plays })
  return [
    renewToken(settings, tokens),
    route('deeplink', 'generate_deeplink_by_qr', (body) => makeDeeplink(book, body)),
    route('check-account', 'check_bakong_account', account),
    // The path that the official SDK's own tests call.
    route('check-account', 'check_account_exist', account),
  ]
}

type Open = {
  readonly operation: string
  readonly path: string
  readonly plays: readonly string[]
  readonly answer: (body: unknown) => Answer
}

function openRoute({ operation, path, plays, answer }: Open): Route {
  return {
    operation,
    method: 'POST',
    path,
    plays: [...everyonesFaults, ...plays],
    handle: ({ body, fault }) => {
      const value = jsonIn(body)
      return (
        refusedAtDoor(fault) ?? (value === undefined ? refused(5, 'The request body is not JSON.', 400) : answer(value))
      )
    },
  }
}

function renewToken(settings: BakongSimulatorSettings, tokens: Tokens): Route {
  return {
    operation: 'renew-token',
    method: 'POST',
    path: '/v1/renew_token',
    plays: [...everyonesFaults, 'expired-token', 'wrong-secret'],
    handle: ({ body, fault }) => {
      const atDoor = refusedAtDoor(fault)
      if (atDoor) return atDoor
      const email = textIn(jsonIn(body), 'email', longestEmail)
      if (email === undefined) return refused(5)
      const isKnown = email.toLowerCase() === settings.email.toLowerCase() && fault?.kind !== 'wrong-secret'
      if (!isKnown) return refused(10)
      // Set through `*` the fault spares the renewal, so that a new token heals it.
      const isStillborn = fault?.kind === 'expired-token' && fault.named
      return succeeded('Token has been issued', { token: tokens.issue(isStillborn ? -1 : undefined) })
    },
  }
}

/** A new link for every call, to nowhere: nothing but a banking app could open it. */
function makeDeeplink(book: Book, body: unknown): Answer {
  const qr = fieldOf(body, 'qr')
  if (typeof qr !== 'string' || qr === '') return refused(5)
  const source = fieldOf(body, 'sourceInfo')
  const isWhole = sourceFields.every((name) => textIn(source, name, 2000) !== undefined)
  if (source !== undefined && source !== null && !isWhole) return refused(5)
  if (!readCode(qr).ok) return refused(4)
  book.addLinked(qr)
  const shortLink = `https://bakong.example/${randomBytes(12).toString('base64url')}`
  return succeeded('Getting deep link successfully', { shortLink })
}

function checkAccount({ accounts, otherAccounts }: BakongSimulatorSettings, body: unknown): Answer {
  const accountId = fieldOf(body, 'accountId')
  if (typeof accountId !== 'string' || accountId === '') return refused(5)
  if (accountId.length > longestAccount || !/^[^@\s]+@[^@\s]+$/.test(accountId)) return refused(12)
  const known = [...accounts.map((account) => account.accountId), ...otherAccounts]
  return known.includes(accountId) ? succeeded('Account ID exists', null) : refused(11)
}
