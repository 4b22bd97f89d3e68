import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { parse as parseYaml } from 'yaml'
import { leavesOf, schemaGroups } from '../../../scripts/docs/configuration.ts'
import { writtenWhen } from '../../../scripts/docs/events.ts'
import { generatedPages } from '../../../scripts/docs.ts'
import { readBakongSettings } from '../src/banks/bakong/settings.ts'
import { readBankQrSettings } from '../src/banks/bank-qr/settings.ts'
import { samplesBySystem } from '../src/billers/policy-system/simulator/sample-policies.ts'
import { readPolicySystemSettings } from '../src/billers/policy-system/settings.ts'
import { readConfig } from '../src/config.ts'
import { readHubSide } from '../src/config/bank-settings.ts'
import { settingTable } from '../src/config/setting-table.ts'
import { errorCatalogue } from '../src/domain/errors.ts'
import { caseKinds } from '../src/domain/match.ts'
import { suspenseReasons } from '../src/domain/payment.ts'
import { createMetrics } from '../src/kit/metrics.ts'
import { invariants } from '../src/store/invariants.ts'
import { commandAdders, unknownCommands } from './support/docs/commands.ts'
import {
  blocksOf,
  deadLinks,
  lineAt,
  missingFiles,
  type Page,
  pagesOf,
  rowsOf,
  sectionOf,
  spansOf,
} from './support/docs/pages.ts'
import {
  actingFiles,
  checkpointsOf,
  constantIn,
  doctorRows,
  loggedEvents,
  readsOf,
  textsOf,
  unreadLeaves,
  unreadSettings,
} from './support/docs/sources.ts'
import { allRules } from './support/house-rules/all-rules.ts'
import { hubSource } from './support/house-rules/rule.ts'
import { type File, readTree } from './support/house-rules/tree.ts'

// What the pages say, held against the code. The walk of README.md is in docs-walk.test.ts.

const root = resolve(import.meta.dirname, '../../..')
const files = readTree(root)
const pages = pagesOf(files)
const ourPages = pages.filter(({ path }) => /^([^/]+\.md|docs\/|packages\/hub\/)/.test(path))
const acting = actingFiles(files)

for (const [path, text] of generatedPages()) {
  test(`${path} says what the code says now`, () => {
    assert.equal(pageAt(path).text, text, 'Run: node packages/hub/bin/pinned-node.js scripts/docs.ts')
  })
}

test('every setting has a reader', () => {
  const reads = readsOf(acting)
  const paths = settingTable.map((setting) => setting.path)
  assert.deepEqual(unreadSettings(paths, fileAt('config.ts'), reads), [])
  for (const { title, schema, home, notReadYet } of schemaGroups)
    assert.deepEqual(unreadLeaves(leavesOf(schema), reads, home), notReadYet, title)
})

test('every metric is observed', () => {
  const { registry: _registry, ...metrics } = createMetrics()
  const code = acting.map(({ text }) => text).join('\n')
  const silent = Object.keys(metrics).filter((name) => !new RegExp(`\\.${name}\\s*\\.(inc|observe|set)\\(`).test(code))
  assert.deepEqual(silent, [])
})

test('every error code is raised', () => {
  const said = textsOf(acting.filter(({ path }) => path !== `${hubSource}domain/errors.ts`))
  assert.deepEqual(
    Object.keys(errorCatalogue).filter((code) => !said.has(code)),
    [],
  )
})

test('every event is written by a flow, or docs/events.md says that it is not written yet', () => {
  const said = textsOf(acting.filter(({ room }) => room === 'flows'))
  const sql = files.filter(({ path }) => path.endsWith('.sql')).map(({ text }) => text)
  for (const [type, when] of Object.entries(writtenWhen)) {
    const isWritten = said.has(type) || sql.some((text) => text.includes(`'${type}'`))
    assert.equal(isWritten, when !== undefined, type)
  }
})

test('every environment variable that a page names is a setting', () => {
  const known = new Set<string>([...settingTable.map(({ env }) => env), ...Object.keys(errorCatalogue), ...otherNames])
  const unknown = ourPages.flatMap((page) =>
    found(page, /\b(?:HUB|DATABASE|DB|JWT|LOG|BANK|GATEWAY|KHQR|KAFKA|REDIS|PAYWAY|SENTRY|OTEL)_[A-Z_]+\b/g)
      .map(({ name, where }) => ({ name: name.replace(/_FILE$/, ''), where }))
      .filter(({ name }) => !known.has(name)),
  )
  assert.deepEqual(unknown, [])
})

/** Not settings: a test's seed, and the key of a sample whose signature is looked for. */
const otherNames = ['HUB_TEST_SEED', 'HUB_SIGN_KEY']

test('every metric that a page or an alert names exists', async () => {
  const known = new Set((await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name))
  const alerts = {
    path: 'deploy/prometheus/alerts.yml',
    text: readFileSync(join(root, 'deploy/prometheus/alerts.yml'), 'utf8'),
  }
  const unknown = [...ourPages, alerts].flatMap((page) =>
    found(page, /\bhub_[a-z_]+\b/g).filter(({ name }) => !known.has(name.replace(/_(bucket|sum|count)$/, ''))),
  )
  assert.deepEqual(unknown, [])
})

test('every alert has an expression, a severity, and says what to do', () => {
  const parsed = parseYaml(readFileSync(join(root, 'deploy/prometheus/alerts.yml'), 'utf8'))
  const rules = parsed.groups.flatMap((group: { rules: unknown[] }) => group.rules)
  assert.ok(rules.length > 0)
  for (const { alert, expr, labels, annotations } of rules) {
    assert.match(String(alert), /^Hub[A-Za-z]+$/)
    assert.match(String(expr), /hub_/, alert)
    assert.match(String(labels?.severity), /^(page|warn)$/, alert)
    assert.ok(annotations?.summary && annotations?.description, alert)
  }
})

test('every command that a page shows exists, with its options', () => {
  const scripts = new Set(
    files
      .filter(({ path }) => /(^|\/)package\.json$/.test(path))
      .flatMap(({ text }) => Object.keys((JSON.parse(text) as { scripts?: object }).scripts ?? {})),
  )
  assert.deepEqual(
    pages.flatMap((page) => unknownCommands(page, scripts)),
    [],
  )
})

test('what is loaded for a word of the command line adds the command of that name', () => {
  for (const [name, add] of commandAdders) {
    const program = new Command()
    add(program)
    assert.deepEqual(
      program.commands.map((command) => command.name()),
      [name],
    )
  }
})

test('every link leads to a file and a heading that are there', () => {
  assert.deepEqual(
    pages.flatMap((page) => deadLinks(root, page, pages)),
    [],
  )
})

test('every file that a page names is there', () => {
  assert.deepEqual(
    ourPages.flatMap((page) => missingFiles(root, page)),
    [],
  )
})

test('the runbook explains every row of the doctor, and no other', () => {
  const rows = doctorRows(fileAt('cli/doctor-rows.ts'))
  for (const { name } of invariants) rows.add(name)
  assert.deepEqual(firstCells('docs/runbook.md', 'What the doctor says'), [...rows].sort())
})

test('the runbook explains every warning and error that is logged, and names every other event', () => {
  const logged = loggedEvents(files)
  const troubles = [...logged].filter(([, level]) => ['warn', 'error', 'fatal'].includes(level)).map(([event]) => event)
  const explained = firstCells('docs/runbook.md', 'What the log says')
  assert.deepEqual(explained, [...troubles, 'bank.call'].sort())
  const section = sectionOf(pageAt('docs/runbook.md'), 'What the log says')
  for (const event of logged.keys()) assert.ok(section.includes(`\`${event}\``), `${event} is not named`)
  const named = spansOf({ path: 'docs/runbook.md', text: section }).map(({ text }) => text)
  const unknown = named.filter((text) => /^[a-z]+\.[a-z_]+$/.test(text) && !text.endsWith('.md') && !logged.has(text))
  assert.deepEqual(unknown, [])
})

test('the runbook explains every reason for suspense and every kind of case', () => {
  assert.deepEqual(firstCells('docs/runbook.md', 'Open work'), [...suspenseReasons, ...caseKinds].sort())
})

test('ARCHITECTURE.md lists every rule of the house, every table, every room and every checkpoint', () => {
  const page = pageAt('ARCHITECTURE.md')
  const rules = sectionOf(page, 'Rules')
  for (const { law } of allRules) assert.ok(rules.includes(`- ${law}\n`), `the rule is missing: ${law}`)
  const sql = files.filter(({ path }) => path.endsWith('.sql')).map(({ text }) => text)
  const tables = sql.flatMap((text) => [...text.matchAll(/^create table (\w+)/gm)].map((match) => match[1] ?? ''))
  const kysely = ['migrations', 'migrations_lock']
  assert.deepEqual(firstCells('ARCHITECTURE.md', 'What each table is for'), [...tables, ...kysely].sort())
  assert.deepEqual(firstCells('ARCHITECTURE.md', 'What a kill -9 leaves behind'), [...checkpointsOf(files)].sort())
  const rooms = new Set(files.map(({ room }) => room).filter((room) => room !== undefined))
  const shown = firstCells('ARCHITECTURE.md', 'Rooms').map((name) => name.replace(/\/$|\.ts$/, ''))
  assert.deepEqual([...new Set(shown)].sort(), [...rooms].sort())
})

test('the limits in README.md are those in the code', () => {
  for (const [what = '', limit = '', where = ''] of rowsOf(sectionOf(pageAt('README.md'), 'Limits'))) {
    const number = Number(/^[\d,]+/.exec(limit)?.[0].replaceAll(',', ''))
    const env = /^setting `(\w+)`$/.exec(where)?.[1]
    const [, name = '', path = ''] = /^\[`(\w+)`\]\(([^)]+)\)$/.exec(where) ?? []
    const setting = settingTable.find((one) => one.env === env)
    const file = files.find((one) => one.path === path)
    assert.equal(setting ? Number(setting.fallback) : file && constantIn(file, name), number, what)
  }
})

test('the sample bills in README.md are those of the simulator', () => {
  const rows = rowsOf(sectionOf(pageAt('README.md'), 'Sample bills'))
  for (const [system, samples] of Object.entries(samplesBySystem)) {
    for (const { number, instalments } of samples) {
      const row = rows.find(([bill]) => bill === `\`${number}\``)
      assert.ok(row, `${number} is missing`)
      const [first] = instalments
      assert.equal(row[1], system, number)
      const owes =
        number === 'P700000007'
          ? 'the system answers 500'
          : first
            ? `${first.currency} ${first.amount}`
            : 'nothing is due'
      assert.ok(row[2]?.startsWith(owes), `${number} owes ${owes}`)
    }
  }
})

test('SECURITY.md names tests that are there', () => {
  const threats = sectionOf(pageAt('SECURITY.md'), 'Threats, and the test that holds each guard')
  for (const [, , heldBy = ''] of rowsOf(threats)) {
    const claims = [...heldBy.matchAll(/\[[^\]]+\]\(([^)]+)\)(?:: "([^"]+)")?/g)]
    assert.ok(claims.length > 0, heldBy)
    for (const [, path = '', title] of claims) {
      const file = files.find((one) => one.path === path)
      assert.ok(file?.isTest, `${path} is no test`)
      assert.ok(title === undefined || file.text.includes(title), `${path} has no test "${title}"`)
    }
  }
})

test('the example configuration starts live mode as far as settings go', () => {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-docs-'))
  try {
    const [example] = blocksOf(pageAt('docs/configuration.md')).filter(({ language }) => language === 'yaml')
    writeFileSync(join(folder, 'hub.yaml'), example?.text ?? '')
    const environment = { DATABASE_URL: 'postgresql://hub@db.example/hub', JWT_SECRET: 'made-up-'.repeat(5) }
    const config = readConfig({ file: join(folder, 'hub.yaml') }, environment)
    assert.equal(config.mode, 'live')
    const banks = Object.entries(config.banks)
    assert.ok(banks.length > 0)
    for (const [code, raw] of banks) {
      const read = code === 'BAKONG' ? readBakongSettings : readBankQrSettings
      read(code, readHubSide(code, raw, { live: true }).connector, { sandbox: false })
    }
    for (const [name, raw] of Object.entries(config.policySystems))
      readPolicySystemSettings(name, raw, { sandbox: false })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('CHANGELOG.md has a place for what is not released', () => {
  assert.match(pageAt('CHANGELOG.md').text, /^## \[Unreleased\]\n\n### /m)
})

function pageAt(path: string): Page {
  const page = pages.find((one) => one.path === path)
  assert.ok(page, `${path} is not there`)
  return page
}

function fileAt(path: string): File {
  const file = files.find((one) => one.path === hubSource + path)
  assert.ok(file, `${path} is not there`)
  return file
}

/** The names in the first cells of a section's tables, what stands in braces left out. */
function firstCells(path: string, section: string): string[] {
  const cells = rowsOf(sectionOf(pageAt(path), section)).map(([first = '']) => first)
  const names = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''))
  return names.map((name) => name.replace(/\{\w+\}/g, '{}')).sort()
}

function found(page: Page, pattern: RegExp): { name: string; where: string }[] {
  return [...page.text.matchAll(pattern)].map((match) => ({
    name: match[0],
    where: `${page.path}:${lineAt(page, match.index)}`,
  }))
}
