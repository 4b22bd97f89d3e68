/** Plain columns, as wide as their widest cell; the last one runs free. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(cell))
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - width(cell) + 2)))
        .join(''),
    )
    .join('\n')
}

/** Khmer vowels and marks stand on their consonant and take no column. */
function width(text: string): number {
  let columns = 0
  for (const _ of new Intl.Segmenter('km', { granularity: 'grapheme' }).segment(text)) columns += 1
  return columns
}
