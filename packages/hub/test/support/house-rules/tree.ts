import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import * as ts from 'typescript'

/** One file of the project. `path` is relative to the project's root, with forward slashes. */
export type File = {
  readonly path: string
  readonly text: string
  /** First folder (or file, without its ending) below `packages/hub/src`: "store", "main"; undefined elsewhere. */
  readonly room: string | undefined
  /** Test files, what stands in a `test` folder, and their props (`test-….ts`). */
  readonly isTest: boolean
  /** Parsed at first use; undefined for what is neither TypeScript nor JavaScript. */
  readonly syntax: () => ts.SourceFile | undefined
}

export type Import = {
  readonly line: number
  /** As written. */
  readonly specifier: string
  /** For relative ones: the path within the project. */
  readonly target: string | undefined
  readonly names: readonly string[]
}

/** Every file that git tracks or would track; outside of a repository, every file there is. */
export function readTree(root: string): readonly File[] {
  return listFiles(root)
    .filter((path) => existsSync(join(root, path)))
    .map((path) => fileAt(path, readFileSync(join(root, path), 'utf8')))
}

export function importsOf(file: File): readonly Import[] {
  const found: Import[] = []
  visit(file, (node, line) => {
    const [specifier, names] = specifierOf(node)
    if (specifier === undefined) return
    const relative = specifier.startsWith('.')
    const target = relative ? posix.join(posix.dirname(file.path), specifier) : undefined
    found.push({ line, specifier, target, names })
  })
  return found
}

/** Calls `see` for every node with its line, parents first. */
export function visit(file: File, see: (node: ts.Node, line: number) => void): void {
  const source = file.syntax()
  if (!source) return
  const walk = (node: ts.Node): void => {
    see(node, source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1)
    ts.forEachChild(node, walk)
  }
  ts.forEachChild(source, walk)
}

/** Static, dynamic and type imports, re-exports, and require. */
function specifierOf(node: ts.Node): [string | undefined, readonly string[]] {
  if (ts.isImportDeclaration(node)) return [textOf(node.moduleSpecifier), importedNames(node)]
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) return [textOf(node.moduleSpecifier), []]
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return [textOf(node.argument.literal), []]
  if (!ts.isCallExpression(node)) return [undefined, []]
  const imports = node.expression.kind === ts.SyntaxKind.ImportKeyword
  const requires = ts.isIdentifier(node.expression) && node.expression.text === 'require'
  return [imports || requires ? textOf(node.arguments[0]) : undefined, []]
}

function importedNames(node: ts.ImportDeclaration): readonly string[] {
  const bindings = node.importClause?.namedBindings
  if (!bindings || !ts.isNamedImports(bindings)) return []
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text)
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined
}

/** A file as it would be read from disk. */
export function fileAt(path: string, text: string): File {
  let parsed: ts.SourceFile | undefined
  return {
    path,
    text,
    room: /^packages\/hub\/src\/([^/.]+)/.exec(path)?.[1],
    isTest: /\.test\.[jt]s$|^packages\/[^/]+\/test\/|\/test-[^/]+\.ts$/.test(path),
    syntax: () => {
      if (!/\.[cm]?[jt]s$/.test(path)) return undefined
      parsed ??= ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
      return parsed
    },
  }
}

function listFiles(root: string): readonly string[] {
  if (!existsSync(join(root, '.git'))) {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => posix.relative(root, posix.join(entry.parentPath, entry.name)))
      .filter((path) => !path.includes('node_modules/'))
  }
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  return execFileSync('git', ['-C', root, ...list], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\0')
    .filter(Boolean)
}
