import { Command } from 'commander'
import { commands } from '../../../src/cli/main.ts'
import { blocksOf, type Page, spansOf } from './pages.ts'

/** Every command of the command line, by the word that it is called by. */
export const commandAdders = new Map(
  await Promise.all(Object.entries(commands).map(async ([name, load]) => [name, await load()] as const)),
)

function program(): Command {
  const whole = new Command('khqr-hub').option('--config <file>').option('--help')
  for (const add of commandAdders.values()) add(whole)
  return whole
}

type Shown = { readonly command: string; readonly where: string }

/** What a page shows to be typed: the lines of its shell blocks, and what stands in backticks and begins like a command. */
function shownCommands(page: Page): Shown[] {
  const inBlocks = blocksOf(page)
    .filter(({ language }) => ['sh', 'bash', 'shell'].includes(language))
    .flatMap(({ text, line }) =>
      text.split('\n').map((command, index) => ({ command, where: `${page.path}:${line + 1 + index}` })),
    )
  const inSpans = spansOf(page)
    .filter(({ text }) => /^(npx |npm |khqr-hub )/.test(text))
    .map(({ text, line }) => ({ command: text, where: `${page.path}:${line}` }))
  return [...inBlocks, ...inSpans]
}

/** Commands that a page shows and that do not exist, with what is wrong. */
export function unknownCommands(page: Page, npmScripts: ReadonlySet<string>): string[] {
  return shownCommands(page).flatMap(({ command, where }) =>
    [...hubProblems(command), ...npmProblems(command, npmScripts)].map((problem) => `${where}: ${problem}`),
  )
}

function hubProblems(line: string): string[] {
  const calls = line.matchAll(/(?:khqr-hub(?:\.js)?|run (?:--silent )?hub --) ((?:"[^"]*"|'[^']*'|[^|;&)"'\n])*)/g)
  return [...calls].flatMap(({ 1: text = '' }) => {
    const words = text.match(/"[^"]*"|'[^']*'|[^\s]+/g) ?? []
    let at = program()
    const names: string[] = []
    for (const word of words) {
      const next = at.commands.find((one) => one.name() === word)
      if (!next) break
      names.push(word)
      at = next
    }
    const called = `khqr-hub ${names.join(' ')}`.trim()
    const rest = words.slice(names.length)
    if (at.commands.length > 0 && rest[0] !== undefined && /^[a-z]/.test(rest[0]))
      return [`"${called} ${rest[0]}" is no command`]
    const options = rest.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '')
    return options
      .filter((option) => !['--help', '--config'].includes(option) && !at.options.some((one) => one.long === option))
      .map((option) => `"${called}" has no option ${option}`)
  })
}

function npmProblems(line: string, scripts: ReadonlySet<string>): string[] {
  const calls = line.matchAll(/(?:^|[\s(;&])npm ((?:--?[\w-]+ )*)(?:(run) (?:--?[\w-]+ )*)?([\w:-]+)/g)
  return [...calls].flatMap(({ 2: run, 3: name = '' }) => {
    const isKnown = run === undefined ? ['ci', 'install', 'start', 'test'].includes(name) : scripts.has(name)
    return isKnown ? [] : [`"npm ${run === undefined ? '' : 'run '}${name}" is not there`]
  })
}
