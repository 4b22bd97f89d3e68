import * as ts from 'typescript'
import { type Finding, hubSource, type Rule, shippedHub } from './rule.ts'
import { type File, visit } from './tree.ts'

/** A bank's or policy system's name → the folder that may say it. */
const homes: Readonly<Record<string, string>> = {
  amk: 'banks/bank-qr/',
  bank01: 'banks/bank-qr/',
  bank02: 'banks/bank-qr/',
  bank03: 'banks/bank-qr/',
  bakong: 'banks/bakong/',
  aba: 'banks/payway/',
  payway: 'banks/payway/',
  dlis: 'billers/policy-system/',
  ingenium: 'billers/policy-system/',
}

/** Files that say such a name although they are no home of it, each with the promise that makes them. */
export const promisedNames: readonly { readonly file: string; readonly name: string; readonly reason: string }[] = [
  { file: 'domain/errors.ts', name: 'amk', reason: 'AMK_UNKNOWN_ERROR is the example that documents show of the code' },
  { file: 'http/orders/orders.ts', name: 'payway', reason: 'GET /api/payway/v1/khqr is promised to order modules' },
  { file: 'http/orders/pay-orders.ts', name: 'payway', reason: 'payway_bakong and its like are promised to be read' },
  { file: 'http/orders/fields.ts', name: 'payway', reason: 'its hint says that such codes are read' },
  { file: 'banks/payway/methods.ts', name: 'bakong', reason: 'the method of paying orders that it may serve, too' },
  { file: 'cli/start.ts', name: 'amk', reason: 'prints the three commands to paste, which use the sample data' },
  { file: 'cli/simulate.ts', name: 'amk', reason: 'its help shows the sample data, which only the sandbox has' },
  { file: 'cli/simulate.ts', name: 'bakong', reason: 'the sandbox alone counts calls there; its control path says so' },
  { file: 'cli/simulate.ts', name: 'dlis', reason: 'as above' },
  { file: 'cli/simulate.ts', name: 'ingenium', reason: 'as above' },
]

export const nameRules: readonly Rule[] = [
  {
    law: "A bank's or policy system's name is said only in its folder, the registry, settings, the sandbox, fixtures and tests.",
    why: 'Shared code that knows a bank by name must be changed for the next bank; code that asks what it can do need not.',
    remedy:
      'Ask the connector (describe(), its settings) instead of its name. A name that a document promises to others goes into ' +
      'promisedNames in name-rules.ts, with the reason.',
    find: (files) =>
      shippedHub(files)
        .filter((file) => !mayNameAnyone(file))
        .flatMap((file) => namesIn(file).filter((found) => !mayName(file, found.name))),
  },
  {
    law: 'No tracked file names a machine, a folder of one, or a package registry.',
    why: 'The project must work in every clone; a lock file that names a registry binds everybody to it.',
    remedy: 'Use a path relative to the file or the project; remove "resolved" lines from the lock file.',
    find: (files) => files.flatMap(placesIn),
  },
]

function mayNameAnyone(file: File): boolean {
  const path = file.path.slice(hubSource.length)
  return (
    file.room === 'config' ||
    file.room === 'sandbox' ||
    path === 'banks/registry.ts' ||
    path === 'billers/registry.ts' ||
    /(^|\/)(settings\.ts|fixtures\/.*)$/.test(path)
  )
}

function mayName(file: File, name: string): boolean {
  const promised = promisedNames.some((each) => `${hubSource}${each.file}` === file.path && each.name === name)
  return promised || file.path.startsWith(hubSource + (homes[name] ?? ''))
}

/** In texts and in names of things. Comments are for people, who may give an example. */
function namesIn(file: File): (Finding & { name: string })[] {
  const found: (Finding & { name: string })[] = []
  const take = (text: string, line: number): void => {
    for (const name of words(text))
      if (name in homes) found.push({ file: file.path, line, name, says: `says "${name}"` })
  }
  visit(file, (node, line) => {
    if (ts.isIdentifier(node) || ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) take(node.text, line)
    else if (ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) take(node.text, line)
  })
  if (file.path.endsWith('.sql')) {
    file.text.split('\n').forEach((text, index) => take(text.replace(/--.*$/, ''), index + 1))
  }
  return found
}

/** "amkBank", "AMK_URL" and "/amk/x" all hold the word "amk"; "alabama" does not hold "aba". */
function words(text: string): string[] {
  return text
    .replace(/([Pp])ayWay/g, '$1ayway')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}

/** Written so that this file does not hold what it looks for. */
const machinePlaces =
  /(?<![\w.~-])\/(?:work|root|Users|home\/[a-z]\w*)\/|\bregistry\.(?:npmjs|yarnpkg|npmmirror)\b|https?:\/\/[^\s"'/]*(?:registry|mirror|artifactory|nexus|verdaccio)[^\s"'/]*/

function placesIn(file: File): Finding[] {
  return file.text.split('\n').flatMap((text, index) => {
    const [place] = machinePlaces.exec(text) ?? []
    return place === undefined ? [] : [{ file: file.path, line: index + 1, says: `names ${place}` }]
  })
}
