import { posix } from 'node:path'
import * as ts from 'typescript'
import { type Page, rowsOf } from './docs/pages.ts'
import { type File, importsOf, visit } from './house-rules/tree.ts'

// The edge-case table (docs/money-edge-cases.md) and the walks that say in their titles which row they prove: `[E07]`.

/** One row of the table: its id, its name, and the files that it says prove it, relative to the project's root. */
export type Row = { readonly id: string; readonly name: string; readonly files: readonly string[] }

/** Where a row's id stands in brackets. */
export type Tag = { readonly id: string; readonly file: string; readonly line: number }

/** Every row whose first cell is an id and a name, such as `E07 overpaid`; the last cell links its tests. */
export function edgeCasesIn(page: Page): Row[] {
  return rowsOf(page.text).flatMap((cells): Row[] => {
    const found = /^`(E\d+) ([^`]+)`$/.exec(cells[0] ?? '')
    if (!found) return []
    const [, id = '', name = ''] = found
    const links = [...(cells.at(-1) ?? '').matchAll(/\]\(([^)#]+)\)/g)].map((link) => link[1] ?? '')
    return [{ id, name, files: links.map((link) => posix.join(posix.dirname(page.path), link)).sort() }]
  })
}

/**
 * The tags of a test file: those in a test's title, or in the table that a loop makes titles of; and those that stand in
 * some other text, where they would prove nothing.
 */
export function tagsIn(file: File): { readonly proving: readonly Tag[]; readonly astray: readonly Tag[] } {
  const proving: Tag[] = []
  const astray: Tag[] = []
  const tables = tablesOfTitles(file)
  visit(file, (node, line) => {
    if (!isText(node)) return
    const ids = [...node.getText().matchAll(/\[(E\d+)\]/g)].map((match) => match[1] ?? '')
    const isProving = isInTitle(node) || tables.some((table) => isWithin(node, table))
    for (const id of ids) (isProving ? proving : astray).push({ id, file: file.path, line })
  })
  return { proving, astray }
}

/** Whether a test file can reach a running hub: it imports the support that starts one, itself or through other support. */
export function drivesTheHub(file: File, files: readonly File[]): boolean {
  const seen = new Set<string>()
  const reaches = (one: File): boolean => {
    if (seen.has(one.path)) return false
    seen.add(one.path)
    const targets = importsOf(one).flatMap(({ target }) => target ?? [])
    if (targets.some((target) => target.endsWith('/test/support/running-hub.ts'))) return true
    const support = files.filter(({ path }) => path.includes('/test/support/') && targets.includes(path))
    return support.some(reaches)
  }
  return reaches(file)
}

/** Text as it is written: a string, or a piece of a template. */
function isText(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
}

function isInTitle(node: ts.Node): boolean {
  for (let at = node; at.parent; at = at.parent) {
    if (ts.isCallExpression(at.parent)) return isTest(at.parent) && at.parent.arguments[0] === at
    if (ts.isFunctionLike(at.parent)) return false
  }
  return false
}

/** The tables of `for (const { title } of table) test(`${title} …`)`: in the loop's head, or the constant that it names. */
function tablesOfTitles(file: File): ts.Node[] {
  const tables: ts.Node[] = []
  visit(file, (node) => {
    if (!ts.isForOfStatement(node) || !makesTitles(node)) return
    tables.push(node.expression)
    const named = namesIn(node.expression)
    visit(file, (one) => {
      if (ts.isVariableDeclaration(one) && named.has(one.name.getText()) && one.initializer)
        tables.push(one.initializer)
    })
  })
  return tables
}

/** Whether a test's title in the loop's body uses what the loop gives. */
function makesTitles(loop: ts.ForOfStatement): boolean {
  const given = namesIn(loop.initializer)
  let found = false
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTest(node) && node.arguments[0]) {
      for (const name of namesIn(node.arguments[0])) if (given.has(name)) found = true
    }
    ts.forEachChild(node, look)
  }
  look(loop.statement)
  return found
}

function namesIn(node: ts.Node): Set<string> {
  const names = new Set<string>()
  const look = (one: ts.Node): void => {
    if (ts.isIdentifier(one)) names.add(one.text)
    ts.forEachChild(one, look)
  }
  look(node)
  return names
}

function isTest(call: ts.CallExpression): boolean {
  return /^(\w+\.)?test$/.test(call.expression.getText())
}

function isWithin(node: ts.Node, outer: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at; at = at.parent) if (at === outer) return true
  return false
}
