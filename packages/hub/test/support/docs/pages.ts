import { existsSync, statSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import type { File } from '../house-rules/tree.ts'

/** A page people read. `path` is relative to the project's root. */
export type Page = { readonly path: string; readonly text: string }

export type Block = {
  /** The first word behind the backticks, and the words after it. */
  readonly language: string
  readonly marks: readonly string[]
  readonly text: string
  readonly line: number
}

export function pagesOf(files: readonly File[]): readonly Page[] {
  return files.filter(({ path }) => path.endsWith('.md') && !path.includes('/fixtures/'))
}

export function blocksOf(page: Page): Block[] {
  return [...page.text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [language = '', ...marks] = (match[1] ?? '').trim().split(/\s+/)
    return { language, marks, text: match[2] ?? '', line: lineAt(page, match.index) }
  })
}

/** The page without its fenced blocks: what is prose keeps its place. */
export function proseOf(page: Page): string {
  return page.text.replace(/^```[^\n]*\n[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ''))
}

/** What stands in backticks within the prose. */
export function spansOf(page: Page): { readonly text: string; readonly line: number }[] {
  return [...proseOf(page).matchAll(/`` ?([^\n]+?) ?``|`([^`\n]+)`/g)].map((match) => ({
    text: match[1] ?? match[2] ?? '',
    line: lineAt(page, match.index),
  }))
}

/** The cells of every table row, heads and rulers left out. */
export function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line, index, lines) => line.startsWith('|') && !isRuler(line) && !isRuler(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .replace(/^\||\|\s*$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}

function isRuler(line: string): boolean {
  return /^\|(\s*:?-+:?\s*\|)+\s*$/.test(line)
}

/** The part of a page below a heading, up to the next one of its level. */
export function sectionOf(page: Page, heading: string): string {
  const from = page.text.indexOf(`\n## ${heading}\n`)
  if (from < 0) throw new Error(`${page.path} has no section "${heading}"`)
  const rest = page.text.slice(from + 1)
  const to = rest.indexOf('\n## ', 3)
  return to < 0 ? rest : rest.slice(0, to)
}

/** Links of a page that lead nowhere: to a file that is not there, or to a heading that the file does not have. */
export function deadLinks(root: string, page: Page, pages: readonly Page[]): string[] {
  const dead: string[] = []
  for (const match of proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    const target = match[1] ?? ''
    if (/^[a-z]+:/.test(target)) continue
    const [file = '', anchor] = target.split('#')
    const path = file === '' ? page.path : posix.join(dirname(page.path), file)
    const where = `${page.path}:${lineAt(page, match.index)} → ${target}`
    if (!existsSync(join(root, path))) dead.push(where)
    else if (anchor !== undefined && !anchorsOf(pages.find((one) => one.path === path)).has(anchor)) dead.push(where)
  }
  return dead
}

/** The names that headings get on the web. */
function anchorsOf(page: Page | undefined): Set<string> {
  return new Set(
    [...(page ? proseOf(page) : '').matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** Names of files in backticks that are nowhere: from the root, from the page's folder, or from the hub's `src`. */
export function missingFiles(root: string, page: Page): string[] {
  const places = ['', dirname(page.path), 'packages/hub/src', 'packages/hub/test']
  return spansOf(page)
    .filter(
      ({ text }) => /^([\w-][\w.-]*|\.\w+|\.\.?)(\/[\w.-]+)*\/?$/.test(text) && /\/|\w\.(ts|js|sql|md)$/.test(text),
    )
    .filter(({ text }) => !/^(v\d|\.khqr-hub|application|text|image)\b/.test(text))
    .filter(({ text }) => !places.some((place) => fits(join(root, place, text), text)))
    .map(({ text, line }) => `${page.path}:${line} names ${text}`)
}

function fits(path: string, named: string): boolean {
  return existsSync(path) && (!named.endsWith('/') || statSync(path).isDirectory())
}

export function lineAt(page: Page, index: number): number {
  return page.text.slice(0, index).split('\n').length
}
