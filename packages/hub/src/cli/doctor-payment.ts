import type { Config } from '../config.ts'
import type { Hub } from '../flows/hub.ts'
import { longestTokenTtlS, type TokenSettings } from '../http/auth.ts'
import { signAccessToken } from '../http/tokens/tokens.ts'
import { systemClock } from '../kit/clock.ts'
import { startPatience } from '../kit/deadline.ts'
import { createHttpClient, type HttpClient } from '../kit/http-client.ts'
import { newCorrelationId } from '../kit/ids.ts'
import { localUrl, runningPorts } from '../sandbox/running-ports.ts'
import type { Row } from './doctor-row.ts'

type Outcome = Omit<Row, 'name'>

/** The hub itself waits 5 s for each system it asks. */
const answerWithinMs = 20_000
const creditWithinMs = 10_000
const lookEveryMs = 100

/**
 * One whole payment through the running hub and back out: a fresh simulator bill, a code, a customer who pays, the bank's
 * notice, the proof, the credit in the policy system. Never pays in live mode.
 */
export async function payOnce(config: Config, tokens: TokenSettings, hub: Hub): Promise<Outcome> {
  if (config.mode === 'live') return { state: 'note', sentence: 'not tried in live mode: it would move real money' }
  const http = createHttpClient(systemClock)
  try {
    return await pay({
      http,
      simulator: localUrl(config, runningPorts(config).simulator),
      khqrSurface: localUrl(config, runningPorts(config).khqr),
      hub,
      token: signAccessToken(tokens, { subject: 'doctor', scope: 'khqr:create', ttlS: longestTokenTtlS }),
    })
  } finally {
    await http.close()
  }
}

type Tools = {
  readonly http: HttpClient
  readonly simulator: string
  readonly khqrSurface: string
  readonly hub: Hub
  readonly token: string
}

async function pay(tools: Tools): Promise<Outcome> {
  const { simulator, khqrSurface } = tools
  const startedMs = systemClock.monotonicMs()
  const at = [...tools.hub.banks.values()].find((one) => one.active)
  if (!at) return { state: 'note', sentence: 'not tried: no bank is active' }
  const bills = await ask(tools, 'POST', `${simulator}/_simulator/bills`, {
    count: 1,
    currency: at.accounts[0]?.currency,
  })
  if (bills.status !== 200) return red(`the simulator made no bill (${bills.status}): ${bills.text}`)
  const number = (bills.json as { numbers?: string[] }).numbers?.[0] ?? ''
  const khqr = await ask(tools, 'GET', `${khqrSurface}/khqr?bankCode=${at.code}&billNumber=${number}`)
  if (khqr.status === 401)
    return red('the running hub refuses a token signed with this configuration: its JWT_SECRET is another one')
  if (khqr.status !== 200)
    return red(`no code for bill ${number} at ${at.code} (${khqr.status}): ${khqr.text.slice(0, 300)}`)
  const id = String((khqr.json as { data?: { paymentId?: number } }).data?.paymentId ?? '')
  const paid = await ask(tools, 'POST', `${simulator}/_simulator/pay`, {
    bank: at.code,
    paymentId: id,
  })
  if (paid.status !== 200)
    return red(`the simulated customer could not pay (${paid.status}): ${paid.text.slice(0, 300)}`)
  while (systemClock.monotonicMs() - startedMs < creditWithinMs) {
    if (await isCredited(tools, id)) {
      const seconds = ((systemClock.monotonicMs() - startedMs) / 1_000).toFixed(1)
      return {
        state: 'green',
        sentence: `bill ${number}, payment ${id} through ${at.code}: shown, paid, proved, credited in ${seconds} s`,
      }
    }
    await systemClock.wait(lookEveryMs)
  }
  return red(
    `payment ${id} was paid at ${at.code} but not credited within ${creditWithinMs / 1_000} s. See: npx khqr-hub payment show ${id}`,
  )
}

async function isCredited(tools: Tools, id: string): Promise<boolean> {
  const journal = await ask(tools, 'GET', `${tools.simulator}/_simulator/journal`)
  const { policySystems = {} } = journal.json as {
    policySystems?: Record<string, { credits: { paymentId: string | number }[] }>
  }
  return Object.values(policySystems).some((system) => system.credits.some((credit) => String(credit.paymentId) === id))
}

async function ask(
  tools: Tools,
  method: 'GET' | 'POST',
  url: string,
  body?: unknown,
): Promise<{ status: number; text: string; json: unknown }> {
  const answer = await tools.http.send(
    {
      target: 'this hub',
      operation: new URL(url).pathname,
      method,
      url,
      headers: {
        authorization: `Bearer ${tools.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    { correlationId: newCorrelationId() },
    startPatience(systemClock, answerWithinMs),
  )
  const text = answer.body.toString('utf8')
  try {
    return { status: answer.status, text, json: JSON.parse(text) }
  } catch {
    return { status: answer.status, text, json: {} }
  }
}

function red(sentence: string): Outcome {
  return { state: 'red', sentence }
}
