import * as ts from 'typescript'
import type { SchemaLeaf } from '../../../../../scripts/docs/configuration.ts'
import { hubSource, isSimulator, shippedHub } from '../house-rules/rule.ts'
import { type File, visit } from '../house-rules/tree.ts'

// What the code does, as far as pages speak of it: who reads a setting, which events are logged, which rows there are.

/** Files that decide or act. The conformance suite asks every capability, whether or not anybody uses it. */
export function actingFiles(files: readonly File[]): readonly File[] {
  return shippedHub(files).filter(({ path }) => !isSimulator(path) && !/\/conformance(-[a-z]+)?\.ts$/.test(path))
}

/** Where a name is read: as `x.name`, `x['name']` or `const { name } = x`. */
type Read = {
  readonly file: string
  /** The property whose value this reading makes: `timeZoneOffset: read['time-zone']`. */
  readonly into: string | undefined
}

export type Reads = ReadonlyMap<string, readonly Read[]>

export function readsOf(files: readonly File[]): Reads {
  const reads = new Map<string, Read[]>()
  for (const file of files) {
    visit(file, (node) => {
      const name = nameRead(node)
      if (name === undefined) return
      const known = reads.get(name) ?? []
      reads.set(name, [...known, { file: file.path, into: propertyAround(node) }])
    })
  }
  return reads
}

function nameRead(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return node.argumentExpression.text
  if (!ts.isBindingElement(node) || !ts.isObjectBindingPattern(node.parent)) return undefined
  const name = node.propertyName ?? node.name
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined
}

/** The property that an expression gives its value to; not the one of an object around the function it stands in. */
function propertyAround(node: ts.Node): string | undefined {
  for (let at: ts.Node | undefined = node; at && !ts.isFunctionLike(at); at = at.parent) {
    if (!ts.isPropertyAssignment(at)) continue
    const name = at.name.getText().replace(/^['"]|['"]$/g, '')
    // A currency's own value is read by a variable: what is read by name is the property that holds both.
    if (name !== 'USD' && name !== 'KHR') return name
  }
  return undefined
}

/** Whether a name is read beyond `home`, the file that reads the configuration, or all that `home` makes of it is. */
function isUsed(name: string, reads: Reads, home: string): boolean {
  const found = reads.get(name) ?? []
  const isReadOnward = (into: string) => (reads.get(into) ?? []).some((onward) => onward.file !== home)
  if (found.some(({ file }) => file !== home)) return true
  return found.length > 0 && found.every(({ into }) => into === undefined || isReadOnward(into))
}

/** Settings of the table that `config.ts` does not read, or whose value nobody uses. */
export function unreadSettings(paths: readonly string[], config: File, reads: Reads): string[] {
  const into = new Map<string, string | undefined>()
  visit(config, (node) => {
    if (
      ts.isStringLiteralLike(node) &&
      ts.isCallExpression(node.parent) &&
      paths.includes(node.text) &&
      !into.get(node.text)
    )
      into.set(node.text, propertyAround(node))
  })
  return paths.filter((path) => {
    if (!into.has(path)) return true
    const name = into.get(path)
    return name !== undefined && !(reads.get(name) ?? []).some(({ file }) => file !== config.path)
  })
}

/** Values of a schema that nobody reads, or that end in the file which reads the configuration. */
export function unreadLeaves(leaves: readonly SchemaLeaf[], reads: Reads, home: string): string[] {
  return leaves
    .filter(({ path }) => {
      // A currency's own value is read by a variable.
      const names = path
        .replace(/\[\]/g, '')
        .split('.')
        .filter((name) => name !== 'USD' && name !== 'KHR')
      return !isUsed(names.at(-1) ?? '', reads, `${hubSource}${home}`)
    })
    .map(({ path }) => path)
}

/** Every event name that is logged, with its level. */
export function loggedEvents(files: readonly File[]): ReadonlyMap<string, string> {
  const logged = new Map<string, string>()
  for (const file of actingFiles(files)) {
    visit(file, (node) => {
      if (!ts.isPropertyAssignment(node) || node.name.getText() !== 'event') return
      const call = node.parent.parent
      if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return
      for (const name of textsIn(node.initializer)) logged.set(name, call.expression.name.text)
    })
  }
  return logged
}

/** Both texts of `a ? 'x' : 'y'`, or the one of `'x'`. */
function textsIn(node: ts.Node): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text]
  return ts.isConditionalExpression(node) ? [...textsIn(node.whenTrue), ...textsIn(node.whenFalse)] : []
}

/** The names of the doctor's rows; what differs between systems is written {}. */
export function doctorRows(file: File): Set<string> {
  const rows = new Set<string>()
  visit(file, (node) => {
    if (ts.isCallExpression(node) && ['check', 'skipped'].includes(node.expression.getText())) {
      const name = node.arguments[0] && template(node.arguments[0])
      if (name !== undefined) rows.add(name)
    }
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'name' && ts.isStringLiteralLike(node.initializer))
      rows.add(node.initializer.text)
  })
  return rows
}

function template(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return node.head.text + node.templateSpans.map((span) => `{}${span.literal.text}`).join('')
}

/** Every first argument of `checkpoint('…')`. */
export function checkpointsOf(files: readonly File[]): Set<string> {
  const names = new Set<string>()
  for (const file of actingFiles(files)) {
    visit(file, (node) => {
      const [first] = ts.isCallExpression(node) && node.expression.getText() === 'checkpoint' ? node.arguments : []
      if (first && ts.isStringLiteralLike(first)) names.add(first.text)
    })
  }
  return names
}

/** Every text that stands in the code of these files, labels of metrics apart. */
export function textsOf(files: readonly File[]): Set<string> {
  const texts = new Set<string>()
  for (const file of files) {
    visit(file, (node) => {
      if (ts.isStringLiteralLike(node) && !ts.isLiteralTypeNode(node.parent) && !isLabel(node)) texts.add(node.text)
    })
  }
  return texts
}

function isLabel(node: ts.Node): boolean {
  const call = node.parent.parent?.parent
  return call !== undefined && ts.isCallExpression(call) && /\.(inc|observe|set)$/.test(call.expression.getText())
}

/** The value of `const name = 64 * 1024`. */
export function constantIn(file: File, name: string): number | undefined {
  const written = new RegExp(`\\bconst ${name}(?:: \\w+)? = ([\\d_ *]+)$`, 'm').exec(file.text)?.[1]
  return written?.split('*').reduce((product, factor) => product * Number(factor.replaceAll('_', '').trim()), 1)
}
