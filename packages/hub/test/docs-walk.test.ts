import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { rowsOf, sectionOf } from './support/docs/pages.ts'
import { asHere, isAsShown, openTerminal, stepsOf } from './support/docs/walk.ts'
import { call, eventually, type Journal, startTestHub } from './support/running-hub.ts'

// README.md, typed into a terminal beside a running hub.

const root = resolve(import.meta.dirname, '../../..')
const readme = { path: 'README.md', text: readFileSync(join(root, 'README.md'), 'utf8') }

test('what README.md asks to be pasted does what it shows', async (t) => {
  const terminal = await openTerminal(t)
  const steps = stepsOf(readme)
  assert.ok(steps.length > 5)
  for (const { commands, output, until } of steps) {
    const lines = asHere(commands.text, terminal)
    const shown = output && asHere(output.text, terminal)
    await t.test(`line ${commands.line}: ${commands.text.split('\n')[0]?.slice(0, 60)}`, async () => {
      const type = async () => {
        const { code, said, erred } = await terminal.shell(lines)
        assert.equal(code, 0, erred)
        return said
      }
      let said = await type()
      if (shown === undefined) return
      const isThere = async () => isAsShown(said, shown) || ((said = await type()), false)
      if (until) await eventually('the output', isThere).catch(() => undefined)
      assert.ok(isAsShown(said, shown), `It says:\n${said}\nand README.md shows:\n${shown}`)
    })
  }
})

test('the three commands that start prints end in a premium credited once', async (t) => {
  const { greeting, shell } = await openTerminal(t)
  const [inquire = '', make = '', pay = '', ...more] = greeting.split('\n').filter((line) => line.startsWith('curl '))
  assert.deepEqual(more, [])
  const bill = /query=(\w+)/.exec(inquire)?.[1]
  assert.match((await shell(inquire)).said, new RegExp(`"policyNumber":"${bill}"`))
  const paymentId = /"paymentId":(\d+)/.exec((await shell(make)).said)?.[1]
  const { said, erred } = await shell(pay)
  // The answer of the payment, then the journal.
  const journal = JSON.parse(said.slice(said.indexOf('{"banks"'))) as Journal
  const credits = Object.values(journal.policySystems).flatMap((system) => system.credits)
  assert.deepEqual(
    credits.map((credit) => [String(credit.paymentId), credit.policyNumber]),
    [[paymentId, bill]],
    erred,
  )
})

test('every route that README.md lists is there, on its port, for its scope and for nobody without', async (t) => {
  const hub = await startTestHub(t)
  const { ports } = hub.running
  const portOf: Readonly<Record<string, readonly number[]>> = {
    '8080': [ports.gateway],
    '8081': [ports.khqr],
    '8085': [ports.integration],
    'all three': [ports.gateway, ports.khqr, ports.integration],
  }
  const rows = rowsOf(sectionOf(readme, 'What runs where')).filter(([first]) => /^`(GET|POST) /.test(first ?? ''))
  assert.ok(rows.length > 10)
  for (const [request = '', scopes = '', port = ''] of rows) {
    const [method = '', path = ''] = request.replaceAll('`', '').split(' ')
    const here = path.replace('{bank}', 'AMK').replace(/\{\w+\}/g, '150001')
    const named = [...scopes.matchAll(/`([a-z]+:[a-zA-Z{}]+)`/g)].map(
      (match) => match[1]?.replace('{CODE}', 'AMK') ?? '',
    )
    for (const at of portOf[port] ?? assert.fail(`no port ${port}`)) {
      const url = `http://127.0.0.1:${at}${here}`
      const open = await call(url, method, {})
      assert.doesNotMatch(open.text, /No such path/, request)
      if (named.length === 0) continue
      assert.equal(open.status, 401, request)
      const other = await call(url, method, { token: hub.token('admin:nothing') })
      assert.equal(other.status, 403, `${request} without its scope: ${other.text}`)
      for (const scope of named) {
        const answer = await call(url, method, { token: hub.token(scope) })
        // The scope is right, and whoever it speaks for must be registered besides.
        const isAct = answer.text.includes('OPERATOR_REQUIRED')
        assert.ok(isAct || ![401, 403].includes(answer.status), `${request} with ${scope}: ${answer.text}`)
      }
    }
  }
})
