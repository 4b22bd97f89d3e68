import type { TObject } from 'typebox'

/** The first lines of a generated page: its title, and where its text comes from. */
export function pageHead(title: string, sources: readonly string[]): string {
  const links = sources.map((path) => `[${path.split('/').at(-1)}](../${path})`).join(', ')
  return (
    `# ${title}\n\n` +
    `<!-- Written by scripts/docs.ts. Change the code it is made from, then run: node packages/hub/bin/pinned-node.js scripts/docs.ts -->\n\n` +
    `This page is made from the code (${links}); a test keeps it true.\n`
  )
}

/** A table; every cell may hold any text. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

export type DocumentedRoute = {
  readonly method: string
  readonly path: string
  readonly query: TObject
  readonly body: TObject
}

/** "GET /v1/cases/{id}" */
export function nameOf({ method, path }: DocumentedRoute): string {
  return `${method} ${path.replace(/:(\w+)/g, '{$1}')}`
}

/** What each route takes, where it takes anything. */
export function fieldSections(routes: readonly DocumentedRoute[]): string {
  return routes
    .map((route) => ({ route, fields: fieldRows(route.method === 'GET' ? route.query : route.body) }))
    .filter(({ fields }) => fields.length > 0)
    .map(({ route, fields }) => {
      const kind = route.method === 'GET' ? 'parameter' : 'property'
      return `## ${nameOf(route)}\n\n${markdownTable([kind, 'required', 'it'], fields)}\n`
    })
    .join('\n')
}

/** Rows of a schema's fields: name, whether it is required, and what it must be. */
export function fieldRows(schema: TObject): string[][] {
  const required = new Set<string>(schema.required)
  return Object.entries(schema.properties).map(([name, part]) => [
    code(name),
    required.has(name) ? 'yes' : 'no',
    (part as { readonly description?: string }).description ?? '',
  ])
}
