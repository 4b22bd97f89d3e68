import * as ts from 'typescript'
import { type Finding, hubSource, isSimulator, type Rule, shipped, shippedHub } from './rule.ts'
import { type File, importsOf, visit } from './tree.ts'

// Which room may reach for what: clock, environment, database, network, terminal, payment status.

export const reachRules: readonly Rule[] = [
  {
    law: 'Money and domain are pure: no package but @khqr-hub/khqr, no clock, randomness, environment or I/O.',
    why: 'What is true of a payment must come out the same at every hour, on every machine, in every test.',
    remedy: 'Take the time, the number or the text as an argument; do the reading in a flow.',
    find: (files) =>
      inRooms(files, ['money', 'domain']).flatMap((file) => [...foreignImports(file), ...impureWords(file)]),
  },
  {
    law: 'process.env is read only in config.ts.',
    why: 'Every setting then has one name, one type, one sentence in the documentation, and one place where it is refused.',
    remedy: 'Add the setting to config.ts and hand its value in.',
    find: (files) =>
      shipped(files)
        .filter((file) => file.path !== `${hubSource}config.ts`)
        .flatMap((file) => [
          ...nodes(file, (node) => (dotted(node) === 'process.env' ? 'reads process.env' : undefined)),
          ...importsNamed(file, /^(node:)?process$/, ['env']),
        ]),
  },
  {
    law: 'SQL stands only in store, and only store speaks to the driver.',
    why: 'Then every statement that can move money is found in one room, and one room knows the tables.',
    remedy: 'Write a function in store that says what is wanted, and call that.',
    find: (files) =>
      shipped(files)
        .filter((file) => file.room !== 'store')
        .flatMap((file) => [
          ...nodes(file, (node) => (looksLikeSql(node) ? 'holds an SQL statement' : undefined)),
          ...importsNamed(file, /^(pg|kysely)(\/|$)/),
          ...(file.path.endsWith('.sql')
            ? [{ file: file.path, line: 1, says: 'is an SQL file outside of store' }]
            : []),
        ]),
  },
  {
    law: 'Outgoing HTTP goes only through kit/http-client.ts.',
    why: 'That file sets the deadline, bounds the answer, and refuses to call while a transaction of ours is open.',
    remedy: 'Take the client from kit/http-client.ts.',
    find: (files) =>
      shippedHub(files)
        .filter((file) => file.path !== `${hubSource}kit/http-client.ts` && !isSimulator(file.path))
        .flatMap((file) => [
          ...nodes(file, callsOut),
          ...importsNamed(file, /^(undici|axios|got|node-fetch|(node:)?https|(node:)?http2)$/),
          ...importsNamed(file, /^(node:)?http$/, ['request', 'get', 'ClientRequest']),
        ]),
  },
  {
    law: 'console is used only in cli, and where it is a browser’s.',
    why: 'Logs are JSON lines with the secrets taken out; a console line has neither form nor redaction.',
    remedy: 'Log through kit/log.ts, or return the text to the command that prints it.',
    find: (files) =>
      shipped(files)
        .filter((file) => file.room !== 'cli' && !file.path.startsWith('packages/checkout/src/'))
        .flatMap((file) =>
          nodes(file, (node) => (dotted(node)?.startsWith('console.') ? `uses ${dotted(node)}` : undefined)),
        ),
  },
  {
    law: 'Payment status is written only by flows/move-payment.ts.',
    why: 'One writer means one place that asks the transition table, writes the event, and can be trusted.',
    remedy: 'Call movePayment with the evidence, and let the domain decide where it leads.',
    find: (files) =>
      shippedHub(files)
        .filter((file) => file.path !== `${hubSource}flows/move-payment.ts`)
        .flatMap((file) => [...movesInSteps(file), ...(file.room === 'store' ? [] : nodes(file, writesStatus))]),
  },
]

function foreignImports(file: File): Finding[] {
  return importsOf(file)
    .filter(({ specifier }) => !specifier.startsWith('.') && specifier !== '@khqr-hub/khqr')
    .map(({ line, specifier }) => ({ file: file.path, line, says: `imports ${specifier}` }))
}

function impureWords(file: File): Finding[] {
  const globals = [
    'process',
    'performance',
    'fetch',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'crypto',
    'globalThis',
  ]
  return nodes(file, (node) => {
    const name = dotted(node)
    if (name === 'Date.now' || name === 'Math.random') return `uses ${name}`
    if (ts.isNewExpression(node) && isNamed(node.expression, 'Date') && !node.arguments?.length)
      return 'asks the clock: new Date()'
    if (ts.isCallExpression(node) && isNamed(node.expression, 'Date')) return 'asks the clock: Date()'
    const global = ts.isIdentifier(node) && globals.includes(node.text) && isFree(node)
    return global ? `uses ${node.text}` : undefined
  })
}

/** A name that stands for itself: no property of something else, and no key of an object or a type. */
function isFree(node: ts.Identifier): boolean {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  return !ts.isPropertyAssignment(parent) && !ts.isPropertySignature(parent) && !ts.isLiteralTypeNode(parent)
}

function callsOut(node: ts.Node): string | undefined {
  const name = dotted(node)
  if (name !== undefined && /^(https?|http2)\.(request|get|connect)$|^globalThis\.fetch$/.test(name))
    return `uses ${name}`
  if (ts.isCallExpression(node) && isNamed(node.expression, 'fetch')) return 'calls fetch'
  const sockets = ['WebSocket', 'EventSource', 'XMLHttpRequest']
  const opened = ts.isNewExpression(node) && sockets.find((each) => isNamed(node.expression, each))
  return opened ? `opens a ${opened}` : undefined
}

/** Statements as the house writes them: lower or upper case, at the start of a text. */
function looksLikeSql(node: ts.Node): boolean {
  const text = literalText(node)
    ?.replace(/^(\s*--[^\n]*\n)+/, '')
    .trimStart()
  return text !== undefined && sqlStart.test(text)
}

const sqlStart = new RegExp(
  [
    String.raw`select\s[^.]*?\sfrom\s+[\w(]`,
    String.raw`select\s+[a-z_]+\(`,
    String.raw`insert\s+into\s+\w`,
    String.raw`update\s+\w+(\s+\w+)?\s+set\s`,
    String.raw`delete\s+from\s+\w`,
    String.raw`with\s+\w+\s+as\s+(not\s+|materialized\s+)*\(`,
    String.raw`(create|alter|drop)\s+(or\s+replace\s+)?(table|index|unique|database|schema|function|trigger|view|role|type|sequence|extension)\s`,
    String.raw`(truncate|lock)\s+table\s`,
    String.raw`(listen|notify)\s+\w+$`,
    String.raw`(begin|commit|rollback)$`,
  ]
    .map((start) => `^${start}`)
    .join('|'),
  'is',
)

/** Steps for store's one writer carry `move`; only the flow that asked the transition table may fill it. */
function movesInSteps(file: File): Finding[] {
  if (!importsOf(file).some(({ target }) => target === `${hubSource}store/writes.ts`)) return []
  return nodes(file, (node) => {
    if (!ts.isPropertyAssignment(node) && !ts.isShorthandPropertyAssignment(node)) return undefined
    if (!isNamed(node.name, 'move')) return undefined
    const empty = ts.isPropertyAssignment(node) && isNamed(node.initializer, 'undefined')
    return empty ? undefined : 'moves a payment in a step of its own'
  })
}

function writesStatus(node: ts.Node): string | undefined {
  const text = literalText(node)
  if (text === undefined) return undefined
  if (/update\s+payments\b[^;]*\bstatus\s*=/is.test(text)) return 'updates payments.status'
  return /\bwrite_steps\s*\(/.test(text) ? 'calls write_steps' : undefined
}

function inRooms(files: readonly File[], rooms: readonly string[]): readonly File[] {
  return shippedHub(files).filter((file) => rooms.includes(file.room ?? ''))
}

/** Without `names`, importing the module at all is the finding. */
function importsNamed(file: File, module: RegExp, names?: readonly string[]): Finding[] {
  return importsOf(file)
    .filter((each) => module.test(each.specifier) && (!names || each.names.some((name) => names.includes(name))))
    .map(({ line, specifier }) => ({
      file: file.path,
      line,
      says: `imports ${names ? `${names.join(' or ')} from ` : ''}${specifier}`,
    }))
}

function nodes(file: File, judge: (node: ts.Node) => string | undefined): Finding[] {
  const found: Finding[] = []
  visit(file, (node, line) => {
    const says = judge(node)
    if (says !== undefined) found.push({ file: file.path, line, says })
  })
  return found
}

/** "process.env" for such an expression. */
function dotted(node: ts.Node): string | undefined {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined
  return `${node.expression.text}.${node.name.text}`
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name
}

function literalText(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  // Of a template with holes, its fixed parts, so that an interpolated table name hides nothing.
  return ts.isTemplateExpression(node)
    ? [node.head, ...node.templateSpans.map((span) => span.literal)].map((part) => part.text).join('x')
    : undefined
}
