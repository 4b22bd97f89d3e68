import * as ts from 'typescript'
import type { Finding, Rule } from './rule.ts'
import { type File, visit } from './tree.ts'

const longestFileLines = 300
const longestFunctionLines = 70

export const formRules: readonly Rule[] = [
  {
    law: `A file has at most ${longestFileLines} lines.`,
    why: 'It is read top down, once, by somebody who is tired.',
    remedy: 'Split it by what it holds, and name both parts for that.',
    find: (files) => code(files).flatMap(tooLong),
  },
  {
    law: `A function has at most ${longestFunctionLines} lines.`,
    why: 'One screen: what does not fit on it is not held in the head either.',
    remedy: 'Leave the branches in the parent and move the work into leaves.',
    find: (files) => code(files).flatMap((file) => nodes(file, (node) => tooLongFunction(file, node))),
  },
  {
    law: 'There is no any.',
    why: 'It switches the compiler off for everything it touches.',
    remedy: 'Say unknown and look at it, or name its shape.',
    find: (files) =>
      code(files).flatMap((file) =>
        nodes(file, (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? 'says any' : undefined)),
      ),
  },
  {
    law: 'There is no enum and no namespace.',
    why: 'Node runs TypeScript by erasing types; these two would need to be compiled.',
    remedy: 'Use a union of texts, or a table "as const".',
    find: (files) =>
      code(files).flatMap((file) =>
        nodes(file, (node) => (isCompiled(node) ? `declares ${node.name.getText()}` : undefined)),
      ),
  },
  {
    law: 'There is no default export.',
    why: 'A thing has one name, from the file that makes it to every file that uses it.',
    remedy: 'Export it by name.',
    find: (files) => code(files).flatMap((file) => nodes(file, defaultExport)),
  },
  {
    law: 'There is no re-export, the index.ts of a published package apart.',
    why: 'Then a name leads to its file in one step.',
    remedy: 'Import it from the file that holds it.',
    find: (files) =>
      code(files)
        .filter((file) => !/^packages\/(?!hub\/).*\/index\.ts$/.test(file.path))
        .flatMap((file) =>
          nodes(file, (node) => (ts.isExportDeclaration(node) && node.moduleSpecifier ? 're-exports' : undefined)),
        ),
  },
]

/** Fixtures are other people's words; tools' configuration has the form its tool wants. */
function code(files: readonly File[]): readonly File[] {
  return files.filter(
    ({ path }) => /\.([cm]?[jt]s|sql|vue)$/.test(path) && !/\/fixtures\/|\.config\.[cm]?[jt]s$/.test(path),
  )
}

function tooLong(file: File): Finding[] {
  const lines = file.text.trimEnd().split('\n').length
  return lines > longestFileLines ? [{ file: file.path, line: longestFileLines + 1, says: `has ${lines} lines` }] : []
}

/** A group of tests is a list, not a function to be held in the head. */
function tooLongFunction(file: File, node: ts.Node): string | undefined {
  if (!ts.isFunctionLike(node) || !('body' in node) || !node.body || (file.isTest && isGroupOfTests(node)))
    return undefined
  const source = node.getSourceFile()
  const from = source.getLineAndCharacterOfPosition(node.getStart(source)).line
  const lines = source.getLineAndCharacterOfPosition(node.end).line - from + 1
  return lines > longestFunctionLines ? `has a function of ${lines} lines` : undefined
}

function isGroupOfTests(node: ts.Node): boolean {
  if (!ts.isCallExpression(node.parent)) return false
  const caller = node.parent.expression.getText()
  // A test of tests, `test('…', async (t) => { … t.test(…) … })`, is such a list too.
  return /^(describe|suite)\b/.test(caller) || (caller === 'test' && /\bt\.test\(/.test(node.getText()))
}

/** `declare module 'x'` adds types to a package, and is erased. */
function isCompiled(node: ts.Node): node is ts.EnumDeclaration | ts.ModuleDeclaration {
  const isNamespace = ts.isModuleDeclaration(node) && ts.isIdentifier(node.name)
  // "declare global" says what browsers know, and is erased.
  return ts.isEnumDeclaration(node) || (isNamespace && !(node.flags & ts.NodeFlags.GlobalAugmentation))
}

function defaultExport(node: ts.Node): string | undefined {
  const marked =
    ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)
  const renamed = ts.isExportSpecifier(node) && node.name.text === 'default'
  return ts.isExportAssignment(node) || marked || renamed ? 'has a default export' : undefined
}

function nodes(file: File, judge: (node: ts.Node) => string | undefined): Finding[] {
  const found: Finding[] = []
  visit(file, (node, line) => {
    const says = judge(node)
    if (says !== undefined) found.push({ file: file.path, line, says })
  })
  return found
}
