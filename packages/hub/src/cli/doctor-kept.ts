import type { Allowance } from '../banks/keeping.ts'
import { readJwt } from '../kit/read-jwt.ts'
import { tokenFingerprint } from '../store/bank-tokens.ts'
import type { Row } from './doctor-row.ts'

type Outcome = Omit<Row, 'name'>

const warnMs = 14 * 86_400_000

/** What is left of the status calls that a bank counts. */
export function allowanceRow(allowance: Allowance | undefined): Outcome {
  if (!allowance || allowance.perDay === 0)
    return { state: 'note', sentence: 'not known: it is counted by token, and there is none' }
  const { perDay, reserve, spent, left, resetsAt, latched } = allowance
  const anew = `they are counted anew at ${resetsAt.toISOString()}`
  if (latched) return { state: 'note', sentence: `the bank refuses more status calls after ${spent} of ours; ${anew}` }
  if (left === 0) return { state: 'note', sentence: `all ${perDay} status calls of today are used up; ${anew}` }
  return {
    state: 'green',
    sentence: `${left} of ${perDay} status calls are left, ${reserve} kept for people; ${anew}`,
  }
}

/** Whether there is a token that has not ended. */
export function tokenRow(bankCode: string, token: string | undefined, now: Date): Outcome {
  const remedy = `Enter one: khqr-hub bank token ${bankCode}`
  if (token === undefined) return { state: 'red', sentence: `there is none. ${remedy}` }
  const name = `the token ${tokenFingerprint(token)}`
  const endsAt = readJwt(token)?.endsAt
  if (!endsAt) return { state: 'note', sentence: `${name} does not say when it ends` }
  const leftMs = endsAt.getTime() - now.getTime()
  if (leftMs <= 0) return { state: 'red', sentence: `${name} ended at ${endsAt.toISOString()}. ${remedy}` }
  const ends = `${name} ends at ${endsAt.toISOString()}`
  return leftMs < warnMs ? { state: 'note', sentence: `${ends}: soon` } : { state: 'green', sentence: ends }
}
